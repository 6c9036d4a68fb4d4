/** A question with a scale, as a channel asks it by itself: the contract's `Question`. Its id is for whoever asked. */
export interface ScaleQuestion {
  questionId: string;
  text: string;
  /** BCP 47 tag of the text. */
  language: string;
  /** Ends of the scale, whole numbers. */
  lowest: number;
  highest: number;
  /** What the ends mean. */
  lowestMeans: string;
  highestMeans: string;
  /** Shown or said after the answer. */
  thanks: string;
}
