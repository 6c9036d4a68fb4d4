import { agentWire, policyWire, queueWire, skillWire, teamWire } from '../../wire/setup';
import type { Deps, Rpc } from './deps';
import { resourceCalls } from './resources';

type Calls =
  | 'createSkill'
  | 'getSkill'
  | 'listSkills'
  | 'updateSkill'
  | 'deleteSkill'
  | 'createTeam'
  | 'getTeam'
  | 'listTeams'
  | 'updateTeam'
  | 'deleteTeam'
  | 'createQueue'
  | 'getQueue'
  | 'listQueues'
  | 'updateQueue'
  | 'deleteQueue'
  | 'createAgent'
  | 'getAgent'
  | 'listAgents'
  | 'updateAgent'
  | 'deleteAgent'
  | 'createRoutingPolicy'
  | 'getRoutingPolicy'
  | 'listRoutingPolicies'
  | 'updateRoutingPolicy'
  | 'deleteRoutingPolicy';

/** Skills, teams, queues, agents and policies: what administrators set up. */
export const setupCalls = (deps: Deps): { [K in Calls]: ReturnType<Rpc<K>> } => {
  const skills = resourceCalls(deps, 'skills', skillWire);
  const teams = resourceCalls(deps, 'teams', teamWire);
  const queues = resourceCalls(deps, 'queues', queueWire);
  const agents = resourceCalls(deps, 'agents', agentWire);
  const routingPolicies = resourceCalls(deps, 'policies', policyWire);
  return {
    createSkill: async (request, call) => ({
      skill: await skills.create('CreateSkill', request.skill, request, call),
    }),
    getSkill: async (request, call) => ({ skill: await skills.get(request.skillId, call) }),
    listSkills: async (request, call) => {
      const { list, nextPageToken } = await skills.list(request, call);
      return { skills: list, nextPageToken };
    },
    updateSkill: async (request, call) => ({
      skill: await skills.update('UpdateSkill', request.skillId, request.skill, request, call),
    }),
    deleteSkill: (request, call) => skills.remove('DeleteSkill', request.skillId, request, call),
    createTeam: async (request, call) => ({
      team: await teams.create('CreateTeam', request.team, request, call),
    }),
    getTeam: async (request, call) => ({ team: await teams.get(request.teamId, call) }),
    listTeams: async (request, call) => {
      const { list, nextPageToken } = await teams.list(request, call);
      return { teams: list, nextPageToken };
    },
    updateTeam: async (request, call) => ({
      team: await teams.update('UpdateTeam', request.teamId, request.team, request, call),
    }),
    deleteTeam: (request, call) => teams.remove('DeleteTeam', request.teamId, request, call),
    createQueue: async (request, call) => ({
      queue: await queues.create('CreateQueue', request.queue, request, call),
    }),
    getQueue: async (request, call) => ({ queue: await queues.get(request.queueId, call) }),
    listQueues: async (request, call) => {
      const { list, nextPageToken } = await queues.list(request, call);
      return { queues: list, nextPageToken };
    },
    updateQueue: async (request, call) => ({
      queue: await queues.update('UpdateQueue', request.queueId, request.queue, request, call),
    }),
    deleteQueue: (request, call) => queues.remove('DeleteQueue', request.queueId, request, call),
    createAgent: async (request, call) => ({
      agent: await agents.create('CreateAgent', request.agent, request, call),
    }),
    getAgent: async (request, call) => ({ agent: await agents.get(request.agentId, call) }),
    listAgents: async (request, call) => {
      const { list, nextPageToken } = await agents.list(request, call);
      return { agents: list, nextPageToken };
    },
    updateAgent: async (request, call) => ({
      agent: await agents.update('UpdateAgent', request.agentId, request.agent, request, call),
    }),
    deleteAgent: (request, call) => agents.remove('DeleteAgent', request.agentId, request, call),
    createRoutingPolicy: async (request, call) => ({
      routingPolicy: await routingPolicies.create('CreateRoutingPolicy', request.routingPolicy, request, call),
    }),
    getRoutingPolicy: async (request, call) => ({
      routingPolicy: await routingPolicies.get(request.routingPolicyId, call),
    }),
    listRoutingPolicies: async (request, call) => {
      const { list, nextPageToken } = await routingPolicies.list(request, call);
      return { routingPolicies: list, nextPageToken };
    },
    updateRoutingPolicy: async (request, call) => ({
      routingPolicy: await routingPolicies.update(
        'UpdateRoutingPolicy',
        request.routingPolicyId,
        request.routingPolicy,
        request,
        call,
      ),
    }),
    deleteRoutingPolicy: (request, call) =>
      routingPolicies.remove('DeleteRoutingPolicy', request.routingPolicyId, request, call),
  };
};
