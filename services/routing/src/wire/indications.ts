import type { routingV1 } from '@throughline/proto';
import type { Finding, Indication, Strain } from '../domain/indications';
import { LEAST_N, NOTABLE_Z } from '../domain/indications';
import type { AgentIndications, Indications } from '../use-cases/indications';

const DAY = 86_400_000;
const CAUTION =
  'A reason to look, no verdict: faults of telephony, network or set-up look the same. Look at n, the base rate and how many are notable by chance first, then ask.';

const finding = (value: Finding): routingV1.IndicationFinding =>
  `INDICATION_FINDING_${value}` as routingV1.IndicationFinding;
const date = (day: number): string => new Date(day * DAY).toISOString().slice(0, 10);

const showIndication = (one: Indication): routingV1.ConductIndication => ({
  pattern: one.pattern,
  meaning: one.meaning,
  finding: finding(one.finding),
  count: BigInt(one.count),
  n: BigInt(one.n),
  share: one.share,
  low: one.low,
  high: one.high,
  peerN: BigInt(one.peerN),
  baseRate: one.baseRate,
  z: one.z,
});

const showStrain = (one: Strain): routingV1.StrainIndication => ({
  finding: finding(one.finding),
  contacts: BigInt(one.contacts),
  hours: one.hours,
  contactsBefore: BigInt(one.contactsBefore),
  hoursBefore: one.hoursBefore,
  z: one.z,
});

/** What everything that says something of conduct has beside it. */
export const showContext = (found: Indications): routingV1.IndicationContext => ({
  fromDate: date(found.fromDay),
  toDate: date(found.toDay),
  leastN: BigInt(LEAST_N),
  notableZ: NOTABLE_Z,
  agentsCompared: found.compared,
  expectedByChance: found.expectedByChance,
  caution: CAUTION,
});

/** `notable`: only what is worth a look. */
export const showAgentIndications = (one: AgentIndications, notable: boolean): routingV1.AgentIndications => ({
  agentId: one.agentId,
  peers: one.peers,
  indications: one.indications.filter((each) => !notable || each.finding === 'NOTABLE').map(showIndication),
  strain: notable && one.strain.finding !== 'NOTABLE' ? undefined : showStrain(one.strain),
});
