/** Whether PowerOffice keeps a value to itself: the text `hidden` stands for one that needs a special privilege. */
export const isHidden = (value: string | null | undefined): boolean => value?.trim().toLowerCase() === 'hidden';
