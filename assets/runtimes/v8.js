// JavaScript by the browser's own engine: the full language, deep recursion, speed; no cap on memory.
import { v8 } from './v8-engine.js';
import { start } from './worker.js';

start(v8('V8'));
