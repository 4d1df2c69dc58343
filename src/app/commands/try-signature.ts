import { isRecord, parseExactly, type TryAnswer, type TryLine } from './try-line.ts'

type Compute = (vector: { kind: string; inputs: Record<string, unknown> }) => unknown

/** The signing module of each connector, also under the names that the reference vectors use. */
const SIGNERS: Readonly<Record<string, () => Promise<{ computeVector: Compute }>>> = {
  pinduoduo: () => import('#connectors/channels/pinduoduo/sign.ts'),
  pdd: () => import('#connectors/channels/pinduoduo/sign.ts'),
  douyin: () => import('#connectors/channels/douyin/sign.ts'),
  shopify: () => import('#connectors/channels/shopify/sign.ts'),
  youzan: () => import('#connectors/channels/youzan/sign.ts'),
  sf: () => import('#connectors/carriers/sf/sign.ts'),
  zto: () => import('#connectors/carriers/zto/sign.ts'),
  yto: () => import('#connectors/carriers/yto/sign.ts'),
  yunda: () => import('#connectors/carriers/yunda/sign.ts'),
  sto: () => import('#connectors/carriers/sto/sign.ts'),
  kuaidi100: () => import('#connectors/carriers/kuaidi100/sign.ts'),
  kdniao: () => import('#connectors/carriers/kdniao/sign.ts'),
  fedex: () => import('#connectors/carriers/fedex/sign.ts'),
  seventeentrack: () => import('#connectors/carriers/seventeentrack/sign.ts'),
  '17track': () => import('#connectors/carriers/seventeentrack/sign.ts'),
  jt: () => import('#connectors/carriers/jt/sign.ts'),
  logistics: () => import('#connectors/carriers/logistics/sign.ts'),
  cainiao: () => import('#connectors/carriers/cainiao/sign.ts'),
  'print-station': () => import('#connectors/warehouses/print-station/sign.ts'),
}

/** One vector: computes its signature and compares it with `expected`, field by field where that has fields. */
export async function trySignature({ id, fields, textOf }: TryLine): Promise<TryAnswer> {
  const system = String(fields.channel ?? fields.system ?? fields.carrier ?? '').toLowerCase()
  const load = Object.hasOwn(SIGNERS, system) ? SIGNERS[system] : undefined
  if (load === undefined)
    return {
      id,
      ok: null,
      computed: null,
      error: { code: 'try.unknown_system', detail: `no signature of "${system}" is known here` },
    }
  const kind = String(fields.kind ?? '')
  if (!isRecord(fields.inputs))
    return {
      id,
      ok: null,
      computed: null,
      error: { code: 'try.no_inputs', detail: 'the line has no inputs' },
    }
  const { computeVector } = await load()
  const computed = computeVector({ kind, inputs: inputsOf(fields.inputs, textOf('inputs')) }) ?? null
  if (computed === null) {
    const detail = `${system} has no signature "${kind}" from these inputs`
    return { id, ok: null, computed, error: { code: 'try.unknown_signature', detail } }
  }
  return { id, ok: fields.expected === undefined ? null : matches(computed, fields.expected), computed }
}

/** Single values as elsewhere, ids beyond 2^53 as text; in nested ones they stay numbers, since that is how they are signed. */
function inputsOf(given: Readonly<Record<string, unknown>>, text: string): Record<string, unknown> {
  const exact = parseExactly(text)
  const entries = Object.entries(given).map(([name, value]) => {
    const isNested = typeof value === 'object' && value !== null
    return [name, isNested && isRecord(exact) ? exact[name] : value]
  })
  return Object.fromEntries(entries) as Record<string, unknown>
}

/** Every field that is expected is computed and equal. */
function matches(computed: unknown, expected: unknown): boolean {
  if (isRecord(expected))
    return (
      isRecord(computed) &&
      Object.keys(expected).length > 0 &&
      Object.entries(expected).every(([name, value]) => matches(computed[name], value))
    )
  if (Array.isArray(expected))
    return (
      Array.isArray(computed) &&
      computed.length === expected.length &&
      expected.every((value, i) => matches(computed[i], value))
    )
  return computed === expected
}
