import { matches } from './plan';
import type { Condition } from './setup';
import type { WorkItem } from './work-item';

/** Which contacts are hard on whoever has them. */
export interface HardContacts {
  /** One of these conditions holds. */
  when: Condition[];
  /** An escalation of its clocks moved it. */
  escalated: boolean;
  /** It was passed on at least so often; 0: that does not matter. */
  passedOn: number;
  /** Somebody was busy with it for longer; 0: that does not matter. */
  longerThanSeconds: number;
  /** Its customer gave a low answer, or complained. */
  feedback?: boolean | undefined;
  /** How long one counts for who comes next. */
  windowMinutes: number;
}

/** Rest after hard contacts. */
export interface CoolDown {
  /** So many in a row. */
  afterContacts: number;
  seconds: number;
}

/** The most of their time that agents work, over a rolling window. */
export interface Ceiling {
  percent: number;
  windowMinutes: number;
  /** Contacts that waited so long go to them all the same; 0: never. */
  givesWayAfterSeconds: number;
}

/** A tenant's rules of conduct and wellbeing. */
export interface Wellbeing {
  shortBreakSeconds: number;
  shortContactSeconds: number;
  hard?: HardContacts | undefined;
  coolDown?: CoolDown | undefined;
  ceiling?: Ceiling | undefined;
  version: number;
}

/** What holds while a tenant has set nothing. */
export const usualWellbeing: Wellbeing = { shortBreakSeconds: 60, shortContactSeconds: 10, version: 0 };

type Signs = Pick<
  WorkItem,
  'channel' | 'priority' | 'language' | 'topic' | 'attributes' | 'escalated' | 'transferCount' | 'callback'
> & { hardSigns?: readonly string[] | undefined };

/** Why a contact is hard, by what is known of it; empty when it is not. `handledMs`: how long somebody was busy with it. */
export const hardReasons = (item: Signs, wellbeing: Wellbeing | undefined, handledMs = 0): string[] => {
  const hard = wellbeing?.hard;
  if (!hard) return [];
  const { priority, language, topic, attributes } = item;
  const contact = { channel: item.callback?.from ?? item.channel, priority, language, topic, attributes };
  return [
    ...(hard.when.some((when) => matches(when, contact)) ? ['its kind'] : []),
    ...(hard.escalated && item.escalated ? ['escalated'] : []),
    ...(hard.passedOn > 0 && item.transferCount >= hard.passedOn ? ['passed on'] : []),
    ...(hard.longerThanSeconds > 0 && handledMs > hard.longerThanSeconds * 1000 ? ['long'] : []),
    ...(item.hardSigns ?? []),
  ];
};
