/** `init` in apps of React that other tools build. */
import { testHomes } from './journey';

testHomes('react');
