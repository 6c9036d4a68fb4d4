import type { Violation } from '@throughline/core';
import { queuesOf } from './plan';
import type { Agent, Known, Policy, Queue, Rule, Setup } from './setup';
import type { Wellbeing } from './wellbeing';

const violation = (field: string, rule: string, description: string): Violation => ({ field, rule, description });

const repeated = (values: readonly string[]): string | undefined =>
  values.find((value, at) => values.indexOf(value) !== at);

const known =
  (what: string, set: ReadonlyMap<string, unknown>) =>
  (field: string, id: string): Violation[] =>
    set.has(id) ? [] : [violation(field, 'known', `there is no ${what} ${id}`)];

/** What is wrong with an agent, by field. */
export const checkAgent = (agent: Agent, setup: Known): Violation[] => [
  ...(agent.teamId ? known('team', setup.teams)('agent.team_id', agent.teamId) : []),
  ...agent.queueIds.flatMap((id, i) => known('queue', setup.queues)(`agent.queue_ids[${i}]`, id)),
  ...agent.skills.flatMap(({ skillId }, i) => known('skill', setup.skills)(`agent.skills[${i}].skill_id`, skillId)),
  ...(repeated(agent.skills.map(({ skillId }) => skillId))
    ? [violation('agent.skills', 'unique', 'names a skill twice')]
    : []),
  ...Object.entries(agent.channelCosts).flatMap(([channel, units]) =>
    units > agent.capacityUnits
      ? [
          violation(
            'agent.channel_costs',
            'fits',
            `${channel} takes ${units}, more than the capacity of ${agent.capacityUnits}`,
          ),
        ]
      : [],
  ),
];

const steps = (seconds: number[], field: string): Violation[] =>
  seconds.every((at, i) => i === 0 || at > seconds[i - 1]!)
    ? []
    : [violation(field, 'order', 'after_seconds must grow from step to step')];

/** What is wrong with a queue: the ladder of its guard. */
export const checkQueue = (queue: Queue, setup: Known): Violation[] => {
  const ladder = queue.guard?.steps ?? [];
  const at = 'queue.guard.steps';
  return [
    ...steps(
      ladder.map(({ afterSeconds }) => afterSeconds),
      at,
    ),
    ...ladder.flatMap(({ action, queueIds, texts }, i): Violation[] => [
      ...queueIds.flatMap((id, j) => known('queue', setup.queues)(`${at}[${i}].queue_ids[${j}]`, id)),
      ...(action === 'BORROW' && queueIds.length === 0
        ? [violation(`${at}[${i}].queue_ids`, 'required', 'name the queues whose agents help')]
        : []),
      ...((action === 'ANNOUNCE' || action === 'OFFER_CALLBACK') && Object.keys(texts).length === 0
        ? [violation(`${at}[${i}].texts`, 'required', 'say what those who wait are told')]
        : []),
    ]),
  ];
};

const WINDOW_LEAST = 10;

/** What is wrong with a tenant's rules of wellbeing. */
export const checkWellbeing = ({ hard, coolDown, ceiling }: Wellbeing): Violation[] => {
  const at = 'wellbeing_policy';
  return [
    ...(hard?.when ?? []).flatMap((when, i) => {
      const { attributes, ...lists } = when;
      const empty = Object.values(lists).every((list) => list.length === 0) && Object.keys(attributes).length === 0;
      const field = `${at}.hard_contacts.when[${i}]`;
      return empty ? [violation(field, 'not_empty', 'an empty condition would make every contact a hard one')] : [];
    }),
    ...(coolDown && !hard
      ? [violation(`${at}.hard_contacts`, 'required', 'a cool-down needs to know which contacts are hard')]
      : []),
    ...(ceiling && ceiling.windowMinutes < WINDOW_LEAST
      ? [violation(`${at}.occupancy_ceiling.window_minutes`, 'range', `at least ${WINDOW_LEAST} minutes, 30 when 0`)]
      : []),
  ];
};

/** Queues that lead back to themselves by overflow: work in there would go round for ever. */
const overflowCycle = (policy: Policy): string[] | undefined => {
  const next = new Map<string, Set<string>>();
  for (const rule of policy.rules) {
    const { overflow } = rule;
    // Whatever overflows into the queue of a target may stand under its rule from then on.
    for (const from of overflow ? queuesOf(rule) : [])
      next.set(from, (next.get(from) ?? new Set()).add(overflow!.queueId));
  }
  const follow = (queueId: string, path: string[]): string[] | undefined => {
    const seen = path.indexOf(queueId);
    if (seen >= 0) return [...path.slice(seen), queueId];
    for (const to of next.get(queueId) ?? []) {
      const found = follow(to, [...path, queueId]);
      if (found) return found;
    }
    return undefined;
  };
  for (const queueId of next.keys()) {
    const found = follow(queueId, []);
    if (found) return found;
  }
  return undefined;
};

const checkTargets = (rule: Rule, at: string, setup: Known): Violation[] => {
  const { targets = [], overflow } = rule;
  const last = targets.at(-1)?.afterSeconds ?? 0;
  return [
    ...targets.flatMap(({ queueId, skills }, j): Violation[] => {
      const field = `${at}.targets[${j}]`;
      return [
        ...known('queue', setup.queues)(`${field}.queue_id`, queueId),
        ...(queuesOf(rule).indexOf(queueId) <= j
          ? [violation(`${field}.queue_id`, 'unique', `rule ${rule.name} leads to ${queueId} already`)]
          : []),
        ...skills.flatMap(({ skillId }, k) => known('skill', setup.skills)(`${field}.skills[${k}].skill_id`, skillId)),
        ...(repeated(skills.map(({ skillId }) => skillId))
          ? [violation(`${field}.skills`, 'unique', 'names a skill twice')]
          : []),
      ];
    }),
    ...steps(
      targets.map(({ afterSeconds }) => afterSeconds),
      `${at}.targets`,
    ),
    ...(overflow && overflow.afterSeconds <= last
      ? [violation(`${at}.overflow.after_seconds`, 'order', `must come after the last target, so after ${last} s`)]
      : []),
  ];
};

/** What is wrong with a policy; every violation names the rule it stands in. */
export const checkPolicy = (policy: Policy, setup: Known): Violation[] => {
  const queue = known('queue', setup.queues);
  const skill = known('skill', setup.skills);
  const found = policy.rules.flatMap((rule, i): Violation[] => {
    const at = `routing_policy.rules[${i}]`;
    const needed = new Set(
      [rule, ...(rule.targets ?? [])].flatMap(({ skills }) => skills.map(({ skillId }) => skillId)),
    );
    const dropped = rule.relaxation.flatMap(({ dropSkillIds }, j) =>
      dropSkillIds.flatMap((id, k) =>
        needed.has(id)
          ? []
          : [
              violation(
                `${at}.relaxation[${j}].drop_skill_ids[${k}]`,
                'needed',
                `rule ${rule.name} does not need ${id}`,
              ),
            ],
      ),
    );
    return [
      ...queue(`${at}.queue_id`, rule.queueId),
      ...rule.skills.flatMap(({ skillId }, j) => skill(`${at}.skills[${j}].skill_id`, skillId)),
      ...(repeated(rule.skills.map(({ skillId }) => skillId))
        ? [violation(`${at}.skills`, 'unique', 'names a skill twice')]
        : []),
      ...dropped,
      ...rule.relaxation.flatMap(({ widenQueueIds }, j) =>
        widenQueueIds.flatMap((id, k) => queue(`${at}.relaxation[${j}].widen_queue_ids[${k}]`, id)),
      ),
      ...steps(
        rule.relaxation.map(({ afterSeconds }) => afterSeconds),
        `${at}.relaxation`,
      ),
      ...checkTargets(rule, at, setup),
      ...(rule.overflow ? queue(`${at}.overflow.queue_id`, rule.overflow.queueId) : []),
      ...(policy.rules.findIndex(({ name }) => name === rule.name) < i
        ? [violation(`${at}.name`, 'unique', `rule ${rule.name} exists already`)]
        : []),
    ];
  });
  const cycle = overflowCycle(policy);
  if (!cycle) return found;
  const first = policy.rules.findIndex(
    (rule) => queuesOf(rule).includes(cycle[0]!) && rule.overflow?.queueId === cycle[1],
  );
  return [
    ...found,
    violation(
      `routing_policy.rules[${first}].overflow.queue_id`,
      'acyclic',
      `overflows in a circle: ${cycle.join(' → ')}`,
    ),
  ];
};

/** Who still needs it, in words; undefined when nobody does. */
export const usedBy = (kind: keyof Setup, id: string, setup: Setup): string | undefined => {
  const agents = [...setup.agents.values()];
  const policies = [...setup.policies.values()];
  const agent = agents.find((one) =>
    kind === 'skills'
      ? one.skills.some(({ skillId }) => skillId === id)
      : kind === 'teams'
        ? one.teamId === id
        : kind === 'queues' && one.queueIds.includes(id),
  );
  if (agent) return `agent ${agent.id}`;
  const queue =
    kind === 'queues' &&
    [...setup.queues.values()].find(
      (one) => one.id !== id && one.guard?.steps.some(({ queueIds }) => queueIds.includes(id)),
    );
  if (queue) return `queue ${queue.id}`;
  const policy = policies.find(({ rules }) =>
    rules.some((rule) =>
      kind === 'skills'
        ? [rule, ...(rule.targets ?? [])].some(({ skills }) => skills.some(({ skillId }) => skillId === id))
        : kind === 'queues' &&
          (queuesOf(rule).includes(id) ||
            rule.overflow?.queueId === id ||
            rule.relaxation.some((step) => step.widenQueueIds.includes(id))),
    ),
  );
  return policy && `policy ${policy.id}`;
};
