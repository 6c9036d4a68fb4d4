/** What the figures of a queue report are and may be used for. None of them ranks agents: those are judged by resolution and quality. */
export const reportMetrics: { name: string; meaning: string; use: 'service' | 'planning' }[] = [
  { name: 'service_levels', meaning: 'answered within the threshold, under each rule for abandons', use: 'service' },
  { name: 'average_speed_of_answer_seconds', meaning: 'mean wait of those who were answered', use: 'service' },
  { name: 'median_wait_seconds', meaning: 'wait that half of those who were answered did not exceed', use: 'service' },
  { name: 'p90_wait_seconds', meaning: 'wait that nine of ten who were answered did not exceed', use: 'service' },
  { name: 'abandonment_rate', meaning: 'abandoned of answered and abandoned', use: 'service' },
  { name: 'longest_wait_seconds', meaning: 'of those who wait and those who left', use: 'service' },
  { name: 'told_waits', meaning: 'how well the waits that were told came true', use: 'service' },
  { name: 'transferred', meaning: 'answered contacts that were passed on', use: 'planning' },
  { name: 'offered', meaning: 'contacts that came into the queue', use: 'planning' },
  { name: 'handled', meaning: 'contacts that were taken and are over', use: 'planning' },
  { name: 'average_handle_seconds', meaning: 'talk and wrap-up of those who were handled', use: 'planning' },
  { name: 'occupancy', meaning: 'time with something in hand of the time attended', use: 'planning' },
];
