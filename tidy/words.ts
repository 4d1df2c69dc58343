import { type Finding, findAll, findingAt, isTest, type Source } from './sources.ts'

type Rule = {
  readonly id: string
  readonly where: (path: string) => boolean
  readonly pattern: RegExp
  readonly words: string
  /** Paths where it cannot be avoided, each with its reason. */
  readonly except?: Readonly<Record<string, string>>
  /** Look into strings too. */
  readonly inStrings?: boolean
}

const inSrc = (path: string): boolean => path.startsWith('src/')
const inProduct = (path: string): boolean => inSrc(path) && !isTest(path)
const everywhere = (path: string): boolean => !path.startsWith('tidy/')

const MONEY = '(?:amount|price|money|fee|freight|payable|paid|payment|discount|refund|subtotal|fen|cents)'

export const RULES: readonly Rule[] = [
  {
    id: 'date',
    where: (path) => /^(src|sim|bench|console\/src)\//.test(path),
    pattern: /(?<![\w$.'"])Date\b(?!\s*\??:)/g,
    words: 'Date is banned: Temporal, or in the console formatting of ISO text',
  },
  {
    id: 'environment',
    where: (path) => /^(src|sim|bench)\//.test(path) && !isTest(path),
    pattern: /\bprocess\s*\.\s*env\b/g,
    words: 'only src/app/config.ts reads the environment',
    except: { 'src/app/config.ts': 'the one place' },
  },
  {
    id: 'socket',
    where: inProduct,
    pattern: /\bnew\s+WebSocket\b/g,
    words: 'connections go out through openSocket (StreamDeps), which judges the address',
    except: { 'src/platform/http-client/open-socket.ts': 'the one place' },
  },
  {
    id: 'now',
    where: inProduct,
    pattern: /\bTemporal\s*\.\s*Now\b/g,
    words: 'time comes in as an argument (kernel/clock.ts)',
    except: { 'src/kernel/clock.ts': 'the one place' },
  },
  {
    id: 'random',
    where: inProduct,
    pattern: /\bMath\s*\.\s*random\b/g,
    words: 'randomness comes in as an argument (kernel/random.ts)',
    except: { 'src/kernel/random.ts': 'the one place' },
  },
  { id: 'default export', where: inSrc, pattern: /\bexport\s+default\b/g, words: 'no default exports' },
  {
    id: 'any',
    where: everywhere,
    pattern: /(?::\s*|\bas\s+|<\s*|,\s*)any\b(?!\s*:)(?=\s*[[\]>,;)=\n|&]|$)/g,
    words: 'no any',
  },
  {
    id: 'erasable',
    where: everywhere,
    pattern: /(?:^|\n)\s*(?:export\s+)?(?:const\s+)?(?:enum|namespace)\s+\w+\s*\{/g,
    words: 'Node runs erasable TypeScript only',
  },
  {
    id: 'float of text',
    where: inProduct,
    pattern: /\bparseFloat\s*\(/g,
    words: 'parseFloat rounds; kernel/money.ts or BigInt',
  },
  {
    id: 'float of money',
    where: inProduct,
    pattern: new RegExp(`\\bNumber\\s*\\([^()]*${MONEY}\\w*\\s*\\)`, 'gi'),
    words: 'money never passes through a float ($0)',
    except: {
      'src/features/orders/list/core/columns.ts':
        'the number cells of a spreadsheet are doubles; kept to 15 digits',
    },
  },
  {
    id: 'fixed money',
    where: inProduct,
    pattern: new RegExp(`\\b\\w*${MONEY}\\w*[^\\n;]{0,40}\\.toFixed\\s*\\(`, 'gi'),
    words: 'money never passes through a float ($0)',
  },
  {
    id: 'scaled money',
    where: inProduct,
    pattern: new RegExp(`\\b\\w*${MONEY}\\w*\\)?\\s*[*/]\\s*100\\b(?!n)`, 'gi'),
    words: 'money never passes through a float ($0)',
  },
  {
    id: 'unfinished',
    where: everywhere,
    pattern: /\b(?:TODO|FIXME|HACK)\b/g,
    words: 'finish it or write an issue',
    inStrings: true,
  },
]

export function findBannedWords(sources: readonly Source[], rules: readonly Rule[] = RULES): Finding[] {
  return rules.flatMap((rule) =>
    sources
      .filter((source) => rule.where(source.path) && rule.except?.[source.path] === undefined)
      .flatMap((source) =>
        findAll(source, rule.inStrings ? source.text : source.code, rule.pattern, rule.words),
      ),
  )
}

const DECLARED = /\b(?:function\*?|class|type|interface|const|let)\s+([A-Za-z_$][\w$]*)/g
/** What is named after nothing in particular; and "allocate", which could be locking, sourcing, splitting or apportioning. */
export function findBannedNames(sources: readonly Source[]): Finding[] {
  return sources
    .filter((source) => everywhere(source.path))
    .flatMap((source) => [
      ...[...source.code.matchAll(DECLARED)]
        .filter((match) => isBannedName(match[1] ?? ''))
        .map((match) => findingAt(source, match.index, `banned name ${match[1]}`)),
      ...(isBadFileName(source.path)
        ? [`${source.path}:1: file names are kebab-case and say what is inside`]
        : []),
    ])
}

function isBannedName(name: string): boolean {
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').split(/[\s_]+/)
  const bad = /^(?:managers?|services?|helpers?|utils?|utilities|impl|base)$/i
  return (
    words.some((word, i) => bad.test(word) && !(i === 0 && /^base$/.test(word))) ||
    /^I[A-Z][a-z]/.test(name) ||
    /allocat/i.test(name)
  )
}

function isBadFileName(path: string): boolean {
  const name = path.split('/').at(-1) ?? ''
  if (/^(?:utils?|helpers?|services?|managers?)\./.test(name)) return true
  return !path.startsWith('console/') && !/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z]+)*\.tsx?$/.test(name)
}
