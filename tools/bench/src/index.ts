export { describe, holds, type Row } from './row.js';
