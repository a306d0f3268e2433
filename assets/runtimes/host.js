// Puts tandem.runner on the page. Where the files are, boot.js knows.
import { createRunner } from './runner.js';
import { ask } from './runner-wheels.js';

const { tandem } = self;
tandem.runner = createRunner({
  sandbox: tandem.url('sandbox.html'),
  wheels: () => ask('/wheels.json'),
  file: (name) => ({ url: tandem.url(`runtimes/${name}`), bytes: tandem.size(`runtimes/${name}`) }),
});
