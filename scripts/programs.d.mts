/** Bundles all programs into a folder; returns the path of the command. To be used in the project's folder. */
export function buildPrograms(folder: string): Promise<string>;
