import { choice, u8 } from './attribute-type.ts'

/** `enum rt_scope_t` (linux/rtnetlink.h): how far away a destination is. */
export const routeScope = choice(u8, { global: 0, site: 200, link: 253, host: 254, nowhere: 255 })
