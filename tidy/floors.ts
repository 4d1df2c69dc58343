import { type Finding, findingAt, type Import, importsOf, isTest, type Source } from './sources.ts'

const FLOORS = ['kernel', 'domain', 'platform', 'features', 'app'] as const
const OUTSIDE = ['sim/', 'bench/', 'test-support/', 'tests/', 'e2e/', 'tidy/', 'scripts/', 'console/']

/** `kernel ← domain ← platform ← { features | connectors } ← app`: an arrow may skip a floor and never turns back. */
export function findFloorBreaks(sources: readonly Source[]): Finding[] {
  return sources
    .filter((source) => source.path.startsWith('src/') && !isTest(source.path))
    .flatMap((source) => {
      return importsOf(source).flatMap((one) => {
        const words = one.isPackage ? packageBreak(source.path, one) : floorBreak(source.path, one.to)
        return words === null ? [] : [findingAt(source, one.index, words)]
      })
    })
}

function floorBreak(from: string, to: string): string | null {
  if (OUTSIDE.some((room) => to.startsWith(room))) return `src never imports ${to}`
  const [mine, theirs] = [floorOf(from), floorOf(to)]
  if (mine === null || theirs === null) return `${to} is on no floor`
  if (rank(theirs) > rank(mine)) return `${mine} must not import ${to}: the floor above`
  if (mine === 'features' && theirs === 'connectors')
    return `a feature must not import the connector file ${to}`
  if (mine === 'connectors' && theirs === 'features')
    return `a connector must not import the feature file ${to}`
  if (mine === 'features') return featureBreak(from, to)
  if (mine === 'connectors') return connectorBreak(from, to)
  return null
}

function floorOf(path: string): string | null {
  const room = path.split('/')[1] ?? ''
  return rank(room) < 0 ? null : room
}

function rank(room: string): number {
  return FLOORS.indexOf((room === 'connectors' ? 'features' : room) as (typeof FLOORS)[number])
}

function featureBreak(from: string, to: string): string | null {
  const [mine, theirs] = [from.split('/')[2], to.split('/')[2]]
  if (floorOf(to) !== 'features' || mine === theirs || to === `src/features/${theirs}/index.ts`) return null
  return `enter the feature ${theirs} through its index.ts, not ${to}`
}

/** Connectors do not know each other; what several share lies in a folder above them, where also their list is. */
function connectorBreak(from: string, to: string): string | null {
  const [mine, theirs] = [connectorOf(from), connectorOf(to)]
  if (mine === null || theirs === null || mine === theirs) return null
  return `the connector ${mine} must not import ${to}`
}

function connectorOf(path: string): string | null {
  return /^src\/connectors\/([^/]+\/[^/]+)\//.exec(path)?.[1] ?? null
}

/** The two lowest floors are pure: kernel may use Node's own modules, domain nothing but kernel. */
function packageBreak(from: string, one: Import): string | null {
  const floor = floorOf(from)
  if (floor === 'kernel' && !one.to.startsWith('node:')) return `kernel imports no packages (${one.to})`
  if (floor === 'domain') return `domain imports only kernel (${one.to})`
  return null
}

const IMPURE: readonly (readonly [RegExp, string])[] = [
  [/\basync\b|\bawait\b|\bPromise\b/g, 'core is pure: no $0'],
  [/\bTemporal\s*\.\s*Now\b|\bsystemClock\b|\bperformance\b/g, 'core is told the time: no $0'],
  [/\bMath\s*\.\s*random\b|\bsystemRandom\b/g, 'core is given its randomness: no $0'],
  [/\bprocess\s*\.|\bsetTimeout\b|\bsetInterval\b|\bfetch\s*\(/g, 'core touches no outside: no $0'],
]

/** `core/` decides and nothing else; it calls kernel, domain and the core of its own feature. */
export function findImpureCores(sources: readonly Source[]): Finding[] {
  return sources
    .filter((source) => /^src\/features\/.*\bcore\//.test(source.path) && !isTest(source.path))
    .flatMap((source) => [
      ...IMPURE.flatMap(([pattern, words]) =>
        [...source.code.matchAll(pattern)].map((match) =>
          findingAt(source, match.index, words.replace('$0', match[0])),
        ),
      ),
      ...importsOf(source)
        .filter((one) => !mayEnterCore(source.path, one))
        .map((one) =>
          findingAt(source, one.index, `core imports only kernel, domain and its own core, not ${one.to}`),
        ),
    ])
}

function mayEnterCore(from: string, one: Import): boolean {
  if (one.isType) return true
  if (one.isPackage) return false
  if (/^src\/(kernel|domain)\//.test(one.to)) return true
  return one.to.startsWith(`src/features/${from.split('/')[2]}/`) && one.to.includes('/core/')
}
