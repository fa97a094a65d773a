/** The consumer group of all replicas of employee-sync. */
export const consumerGroup = (topicPrefix: string): string => `${topicPrefix}employee-sync`;
