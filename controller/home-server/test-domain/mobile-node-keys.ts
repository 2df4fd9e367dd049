import { mn1, mn2, mn3 } from '../../database/database-fixture.ts'

/** The key that mobile nodes share with the home server, by NAI. */
export const keys = new Map([
  [mn1, Buffer.from('303132333435363738393a3b3c3d3e3f', 'hex')],
  [mn2, Buffer.from('404142434445464748494a4b4c4d4e4f', 'hex')],
  [mn3, Buffer.from('505152535455565758595a5b5c5d5e5f', 'hex')],
])
