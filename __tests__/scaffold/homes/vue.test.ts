/** `init` in apps of Vue. */
import { testHomes } from './journey';

testHomes('vue');
