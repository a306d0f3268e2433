// Puts tandem.runner on the page. Where the files are, boot.js knows.
import { createRunner } from './runner.js';

const { tandem } = self;
tandem.runner = createRunner({
  sandbox: tandem.url('sandbox.html'),
  file: (name) => ({ url: tandem.url(`runtimes/${name}`), bytes: tandem.size(`runtimes/${name}`) }),
});
