/** Holds every import of the project against the allowed directions. Exit 1 and a line per fault. */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

/** A row per top-level folder: what it may import beside itself. Nobody imports agent, netns-lab or cli. */
const allowed: Record<string, readonly string[]> = {
  core: [],
  wire: ['core'],
  netlink: ['core'],
  diameter: ['wire', 'core'],
  agent: ['netlink', 'diameter', 'wire', 'core'],
  controller: ['diameter', 'wire', 'core'],
  'netns-lab': ['core'],
  // The composition root: it joins a role's code with its configuration and the process.
  cli: ['agent', 'controller', 'diameter', 'netlink', 'wire', 'core'],
  scripts: ['controller', 'core', 'wire', 'netlink', 'netns-lab'],
  bench: ['netlink', 'wire', 'core'],
}

const faults: string[] = []
const files = globSync('**/*.ts', { exclude: (name) => /^(node_modules|build|lab-report)$/.test(name) })
for (const file of files) {
  const folder = file.split('/')[0] ?? ''
  const mayImport = allowed[folder]
  if (mayImport === undefined) {
    faults.push(`${file}: folder "${folder}" has no row in scripts/check-imports.ts`)
    continue
  }
  for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(
    /(?:from|import)\s*\(?\s*'([.#][^']*)'/g,
  )) {
    const target = specifier.startsWith('#')
      ? specifier.slice(1).split('/')[0]
      : normalize(join(dirname(file), specifier)).split('/')[0]
    if (target === folder && specifier.startsWith('#'))
      faults.push(`${file}: imports its own folder as ${specifier}; use a relative path`)
    if (target === folder) continue
    if (!specifier.startsWith('#') && folder !== 'scripts')
      faults.push(`${file}: leaves its folder by ${specifier}; use #${target}/...`)
    if (target === undefined || !mayImport.includes(target))
      faults.push(`${file}: ${folder} may not import ${target} (${specifier})`)
  }
}
for (const fault of faults) console.error(fault)
console.log(`imports: ${files.length} files, ${faults.length} faults`)
process.exitCode = faults.length > 0 ? 1 : 0
