/** Writes docs/errors.md from the table of error codes. */
import { writeFileSync } from 'node:fs'
import { errorCodes } from '#core/error-codes.ts'

const rows = Object.entries(errorCodes).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`)
const text = `# Error codes

Every error that Sojourn reports carries one of these codes; none ever changes its meaning. The table is written by
\`node scripts/errors-document.ts\` from \`core/error-codes.ts\`.

| code | meaning |
|---|---|
${rows.join('\n')}
`
writeFileSync(new URL('../docs/errors.md', import.meta.url), text)
