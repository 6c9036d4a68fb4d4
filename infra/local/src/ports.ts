import { connect } from 'node:net';
import { LocalError } from './local-error';

/** Where every port is before it is moved. Below 20,000, so that even moved ones stay out of the range that systems give to outgoing connections. */
const home = {
  kafka: 19092,
  kafkaController: 19093,
  prometheus: 19090,
  otlp: 4318,
  mongo: 17117,
  rest: 8080,
  grpc: 8081,
  smtp: 2525,
  mailSink: 2526,
  messageProvider: 2527,
  chat: 8090,
  voice: 8091,
  survey: 8092,
  notification: 8093,
  demoReceiver: 8099,
  gatewayOps: 9100,
  conversationOps: 9101,
  journeyOps: 9102,
  emailOps: 9103,
  chatOps: 9104,
  voiceOps: 9105,
  slaOps: 9106,
  routingOps: 9107,
  feedbackOps: 9108,
  notificationOps: 9109,
  // The last three digits of a port are its own: checkouts that are moved by thousands never meet.
  conversationGrpc: 9151,
  journeyGrpc: 9152,
  slaGrpc: 9153,
  routingGrpc: 9154,
  feedbackGrpc: 9155,
  notificationGrpc: 9156,
};

type Ports = typeof home;

/** Linux hands out ports from here on to outgoing connections: a server that wants one finds it taken now and then. */
const EPHEMERAL = 32_768;
const FURTHEST = EPHEMERAL - 1 - Math.max(...Object.values(home));

/** Ports that browsers and `fetch` refuse to talk to (Fetch standard, "bad port"), as far as ours can land there. */
const refusedByFetch = new Set([
  2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
]);

/** Every port moved by an offset; refuses offsets with which something could not work. */
export const portsAt = (offset: number): Ports => {
  if (!Number.isInteger(offset) || offset < 0 || offset > FURTHEST)
    throw new LocalError(`THROUGHLINE_PORT_OFFSET must be a whole number from 0 to ${FURTHEST}, for example 1000`);
  const moved = Object.entries(home).map(([name, port]): [string, number] => [name, port + offset]);
  const refused = moved.find(([, port]) => refusedByFetch.has(port));
  if (refused)
    throw new LocalError(
      `THROUGHLINE_PORT_OFFSET=${offset} puts ${refused[0]} on ${refused[1]}, which browsers and fetch refuse; take another, for example ${offset + 1000 > FURTHEST ? 1000 : offset + 1000}`,
    );
  return Object.fromEntries(moved) as Ports;
};

/** Ports of everything on one machine. `THROUGHLINE_PORT_OFFSET` moves all of them, for a second checkout. */
export const ports = portsAt(Number(process.env.THROUGHLINE_PORT_OFFSET ?? 0));

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
