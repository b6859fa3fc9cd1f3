import nova from './index.js';

export const { createServer, register } = nova;
export default nova;
