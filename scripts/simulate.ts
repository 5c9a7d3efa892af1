/** `npm run simulate -- --seeds N --from K`, or `--seed S` to see one world again. */
import { main } from '../__tests__/simulation/simulate';

void main(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});
