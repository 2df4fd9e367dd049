import { registration } from './registration/scenario.ts'
import type { Scenario } from './scenario.ts'
import { tour } from './tour/scenario.ts'

/** Every scenario, by the name that `npm run lab -- NAME` knows it by. */
export const scenarios: Readonly<Record<string, Scenario>> = { tour, registration }
