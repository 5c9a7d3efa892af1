/** `npm run simulate -- --seeds N --from K`, or `--seed S` to see one world's trace. */
import { main } from '../__tests__/simulation/simulate.ts';

process.exitCode = await main(process.argv.slice(2));
