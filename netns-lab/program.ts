import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

export const projectFolder = fileURLToPath(new URL('..', import.meta.url))

/** The two programs that run in the lab's kernel, each in as few files as possible: a start from sources takes twice as long there. */
export interface Programs {
  sojourn: string
  inside: string
}

/**
 * Bundles the programs into `folder`, which takes some tenths of a second. Libraries with native code are found through a link to the
 * project's node_modules.
 */
export async function buildPrograms(folder: string): Promise<Programs> {
  const bundle = await rolldown({
    cwd: projectFolder,
    input: { sojourn: 'cli/sojourn.ts', inside: 'netns-lab/inside.ts' },
    platform: 'node',
    external: ['koffi'],
    logLevel: 'warn',
  })
  await bundle.write({ dir: folder, entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' })
  await bundle.close()
  symlinkSync(join(projectFolder, 'node_modules'), join(folder, 'node_modules'))
  return { sojourn: join(folder, 'sojourn.mjs'), inside: join(folder, 'inside.mjs') }
}
