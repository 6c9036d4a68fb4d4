import type { Calibration, Evaluation } from '../domain/quality/evaluation';
import type { Scorecard } from '../domain/quality/scorecard';
import type { Recognition, Suggestion } from '../domain/quality/voice';
import type { Records } from './ports';
import type { Replaced } from './recovery-ports';

/** Whether an agent takes part in recognition. */
export interface AgentPreference {
  id: string;
  optedOut: boolean;
}

type Kept<S> = Records<S, Replaced<S>>;

export type Scorecards = Kept<Scorecard>;
export type Evaluations = Kept<Evaluation>;
export type Calibrations = Kept<Calibration>;
export type Suggestions = Kept<Suggestion>;
export type Recognitions = Kept<Recognition>;
export type AgentPreferences = Kept<AgentPreference>;
