import type { InspectedImage } from '../diagnosis/inspect-secret.js';
import { InvalidImageName, parseImageName } from '../image/reference.js';
import { UsageError } from './usage-error.js';

/**
 * The images of repeated `--image`, as keys are compared with them.
 *
 * @throws {@link UsageError} for a name that the kubelet refuses
 */
export function inspectedImages(names: readonly string[] = []): readonly InspectedImage[] {
  return names.map((image) => {
    try {
      return { image, repository: parseImageName(image).repository };
    } catch (error) {
      if (error instanceof InvalidImageName) throw new UsageError(`--image: ${error.message}`);
      throw error;
    }
  });
}
