import type { Int64 } from '@huma-poweroffice/poweroffice';

/** What a sealed value of a run belongs to: it opens nowhere else. */
export const personContext = (runId: string, userId: string): string => `run:${runId}:person:${userId}`;
export const employeeContext = (runId: string, employeeId: Int64): string => `run:${runId}:employee:${employeeId}`;
export const accountContext = (runId: string, accountId: Int64): string => `run:${runId}:account:${accountId}`;
export const proofContext = (runId: string, no: number): string => `run:${runId}:item:${String(no)}`;
