import { connect } from 'node:net';
import { LocalError } from './local-error';

const offset = Number(process.env.THROUGHLINE_PORT_OFFSET ?? 0);
if (!Number.isInteger(offset) || offset < 0 || offset > 30_000) {
  throw new LocalError('THROUGHLINE_PORT_OFFSET must be a whole number from 0 to 30000, for example 1000');
}

/** Ports of everything on one machine. `THROUGHLINE_PORT_OFFSET` moves all of them, for a second checkout. */
export const ports = {
  kafka: 19092 + offset,
  kafkaController: 19093 + offset,
  prometheus: 19090 + offset,
  otlp: 4318 + offset,
  mongo: 27117 + offset,
  rest: 8080 + offset,
  grpc: 8081 + offset,
  smtp: 2525 + offset,
  mailSink: 2526 + offset,
  messageProvider: 2527 + offset,
  chat: 8090 + offset,
  voice: 8091 + offset,
  survey: 8092 + offset,
  demoReceiver: 8099 + offset,
  conversationGrpc: 50101 + offset,
  journeyGrpc: 50102 + offset,
  slaGrpc: 50103 + offset,
  routingGrpc: 50104 + offset,
  notification: 8093 + offset,
  notificationGrpc: 50106 + offset,
  feedbackGrpc: 50105 + offset,
  gatewayOps: 9100 + offset,
  conversationOps: 9101 + offset,
  journeyOps: 9102 + offset,
  emailOps: 9103 + offset,
  chatOps: 9104 + offset,
  voiceOps: 9105 + offset,
  slaOps: 9106 + offset,
  routingOps: 9107 + offset,
  notificationOps: 9109 + offset,
  feedbackOps: 9108 + offset,
};

/** True when something listens on a local port. */
export const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });

/** Refuses a port that somebody else holds, and says how to go around it. */
export const mustBeFree = async (port: number, what: string): Promise<void> => {
  if (!(await listens(port))) return;
  throw new LocalError(
    `Port ${port} (${what}) is in use by another program. Stop it, or move all our ports: THROUGHLINE_PORT_OFFSET=1000`,
  );
};
