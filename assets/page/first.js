// The boot script runs before all others. Where it did not come none of them can do anything, but say so.
import { showBar } from './bar.js';
import { partMissing } from './parts.js';

if (!self.tandem) {
  showBar(partMissing, 'Try again');
  throw new Error('the boot script did not come');
}
