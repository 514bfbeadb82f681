/**
 * Of every process of the platform, as `NODE_OPTIONS` in the image. Else the heap keeps up to 128 MB of room for new objects from the
 * busiest minute on: most of what a dispatcher grew by while it took up a file.
 */
export const nodeArguments: readonly string[] = ['--max-semi-space-size=16'];
