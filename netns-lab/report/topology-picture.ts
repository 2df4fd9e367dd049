import { type Markup, markup } from './markup.ts'
import { type Form, formWidth, plotImage } from './plot-frame.ts'
import type { Topology } from './report.ts'
import {
  connect,
  type Layout,
  type Line,
  layOutTopology,
  type PlacedHost,
  wiresBetween,
} from './topology-layout.ts'

type Kind = Topology['links'][number]['kind']

/** What each kind of link is called in the legend, in the order of the legend. */
export const linkKinds: Record<Kind, string> = {
  wire: 'wire',
  tunnel: 'tunnel',
  diameter: 'Diameter connection',
  access: 'access link',
}

/** Hosts, domains, wires; a tunnel is a tube around the wires that it runs through. */
export function topologyPicture(topology: Topology, form: Form): Markup {
  const layout = layOutTopology(topology, form)
  const groups = groupBoxes(topology, layout)
  const lines = (kind: Kind) =>
    topology.links.filter((link) => link.kind === kind).flatMap((link) => lineBetween(layout, link.a, link.b))
  const tubes = topology.links
    .filter((link) => link.kind === 'tunnel')
    .flatMap((link) => wiresBetween(topology, link.a, link.b))
    .flatMap(([a, b]) => lineBetween(layout, a, b))
  return plotImage(
    'topology',
    form,
    { width: formWidth[form], height: layout.height },
    { title: 'The network of the lab', description: topologyInWords(topology) },
    markup`<g class="group">${groups.map((group) => markup`<rect x="${group.x}" y="${group.y}" width="${group.width}" height="${group.height}" rx="12"/>`)}</g>
<g class="tube">${tubes.map(drawLine)}</g>
<g class="tube-inside">${tubes.map(drawLine)}</g>
<g class="wire">${lines('wire').map(drawLine)}</g>
<g class="access">${lines('access').map(drawLine)}</g>
<g class="diameter">${lines('diameter').map(drawLine)}</g>
<g class="group-name">${groups.map((group) => markup`<text x="${group.x + 14}" y="${group.y + 22}">${group.name}</text>`)}</g>
${[...layout.hosts.values()].map((host) => drawHost(host, layout))}`,
  )
}

export function topologyInWords(topology: Topology): string {
  const hosts = topology.hosts.map((host) => `${host.name}, ${host.role} (${host.group})`).join('; ')
  const links = Object.entries(linkKinds).map(([kind, name]) => {
    const pairs = topology.links.filter((link) => link.kind === kind).map((link) => `${link.a} to ${link.b}`)
    return pairs.length === 0 ? '' : ` ${name}: ${pairs.join(', ')}.`
  })
  return `Hosts: ${hosts}.${links.join('')}`
}

export function legendOf(topology: Topology): Markup {
  const used = Object.entries(linkKinds).filter(([kind]) => topology.links.some((link) => link.kind === kind))
  return markup`<ul class="legend">${used.map(([kind, name]) => {
    const line = markup`<path d="M2 7H38"/>`
    const swatch =
      kind === 'tunnel'
        ? markup`<g class="tube">${line}</g><g class="tube-inside">${line}</g><g class="wire">${line}</g>`
        : markup`<g class="${kind}">${line}</g>`
    return markup`<li><svg viewBox="0 0 40 14" width="40" height="14" aria-hidden="true">${swatch}</svg>${name}</li>`
  })}</ul>`
}

function lineBetween(layout: Layout, a: string, b: string): Line[] {
  const from = layout.hosts.get(a)
  const to = layout.hosts.get(b)
  return from && to ? [connect(from, to, layout.box)] : []
}

function drawLine({ x1, y1, x2, y2 }: Line): Markup {
  return markup`<path d="M${x1} ${y1}L${x2} ${y2}"/>`
}

interface GroupBox {
  name: string
  x: number
  y: number
  width: number
  height: number
}

/** A frame around every group of at least two hosts. */
function groupBoxes(topology: Topology, { hosts, box }: Layout): GroupBox[] {
  return [...new Set(topology.hosts.map((host) => host.group))].flatMap((name) => {
    const members = [...hosts.values()].filter((host) => host.group === name)
    if (members.length < 2) return []
    const x = Math.min(...members.map((host) => host.x)) - box.width / 2 - 14
    const right = Math.max(...members.map((host) => host.x)) + box.width / 2 + 14
    const y = Math.min(...members.map((host) => host.y)) - box.height / 2 - 36
    const bottom = Math.max(...members.map((host) => host.y)) + box.height / 2 + 14
    return [{ name, x, y, width: right - x, height: bottom - y }]
  })
}

function drawHost(host: PlacedHost, { box }: Layout): Markup {
  return markup`<g class="host"><rect x="${host.x - box.width / 2}" y="${host.y - box.height / 2}" width="${box.width}" height="${box.height}" rx="8"/><text class="host-name" x="${host.x}" y="${host.y - 3}" text-anchor="middle">${host.name}</text><text class="host-role" x="${host.x}" y="${host.y + 14}" text-anchor="middle">${host.role}</text></g>`
}
