// Serves one registry host over image layouts until somebody kills it, in a process of its own whose memory can be read.
// Arguments: the compiled sources, the store's folder. Prints the port.
import { createServer } from 'node:http';

const [sources, root] = process.argv.slice(2);
const { createRegistryHandler } = await import(`${sources}/registry/create-registry-handler.js`);
const { configureServer } = await import(`${sources}/registry/configure-server.js`);
const { openLayoutStore } = await import(`${sources}/registry/layout-store.js`);

const store = await openLayoutStore(root);
const handler = createRegistryHandler({ hosts: [{ host: 'h', auth: { kind: 'none' }, store }] });
const server = createServer(handler);
configureServer(server, handler);
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
