import type { Plugin } from 'vite';

export function usedKeys(folder: string): Set<string>;
export function usedTexts(folder: string): Plugin;
