import type { KubeletConfigurationDocument } from '../kubelet/configuration.js';
import { KubeletConfigurationFileError, readKubeletConfiguration } from '../kubelet/kubelet-configuration.js';
import type { KubeletRelease } from '../versions/kubelet.js';
import { readNodeFile } from './node-file.js';
import type { WorldNode } from './world.js';
import { WorldError } from './world-file.js';

/**
 * The image fields of a node's `KubeletConfiguration` file; none without a file.
 *
 * @throws {@link WorldError} with the kubelet's words when it would not start
 */
export function readKubeletConfig(
  { kubeletConfig: file }: Pick<WorldNode, 'kubeletConfig'>,
  release: KubeletRelease,
): KubeletConfigurationDocument {
  if (file === undefined) return {};
  try {
    return readKubeletConfiguration(readNodeFile(file), release);
  } catch (error) {
    if (!(error instanceof KubeletConfigurationFileError)) throw error;
    throw new WorldError([{ message: error.message, source: { file, line: error.line } }]);
  }
}
