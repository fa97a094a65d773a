export { asyncApi, type Sample } from './asyncapi.js';
export { differences, documents, generate, type Documents } from './documents.js';
