import { useQuery } from '@tanstack/react-query'
import { Segmented, Skeleton } from 'antd'
import { get } from '#/api/client.ts'
import type { RuleKind, VersionBrief, VersionDiff } from '#/api/rule-types.ts'
import { RULES } from '#/api/rules.ts'
import { useWording } from '#/i18n/language.tsx'
import { useLocalState } from '#/lib/local-state.ts'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { Tag } from '#/parts/tag.tsx'
import type { Tone } from '#/theme/palette.ts'
import { ModelView } from './model-view.tsx'
import { useRuleVersion } from './rule-queries.ts'

const CHANGE_TONES: Readonly<Record<string, Tone>> = { added: 'good', removed: 'bad', changed: 'wait' }

/** What `version` does otherwise than `against`: on the canvas, node by node, and as text. */
export function VersionCompare({
  kind,
  version,
  against,
}: {
  readonly kind: RuleKind
  readonly version: VersionBrief
  readonly against: VersionBrief
}) {
  const { t } = useWording()
  const [view, setView] = useLocalState<'canvas' | 'nodes' | 'text'>('rules.compare', 'canvas')
  const after = useRuleVersion(version.id, version.revision)
  const before = useRuleVersion(against.id, against.revision)
  const diff = useQuery({
    queryKey: ['rule-diff', version.id, version.hash, against.id, against.hash],
    queryFn: ({ signal }) =>
      get<VersionDiff>(`${RULES}/versions/${version.id}/diff`, { against: against.id }, signal),
  })
  const error = diff.error ?? after.error ?? before.error
  return (
    <>
      <div className="hf-compare-bar">
        <Segmented
          aria-label={t('rules.compareView')}
          value={view}
          onChange={setView}
          options={(['canvas', 'nodes', 'text'] as const).map((value) => ({
            value,
            label: t(`rules.compare.${value}`),
          }))}
        />
        {diff.data ? <span className="hf-faint">{countOf(diff.data, t)}</span> : null}
      </div>
      {error ? <ProblemNotice error={error} onRetry={() => void diff.refetch()} /> : null}
      {!error && !(diff.data && after.data && before.data) ? <Skeleton active /> : null}
      {view === 'canvas' && after.data && before.data ? (
        <div className="hf-diff-frame">
          <ModelView kind={kind} model={after.data.model} base={before.data.model} />
        </div>
      ) : null}
      {view === 'nodes' && diff.data ? <NodeChanges diff={diff.data} /> : null}
      {view === 'text' && diff.data ? <DiffText diff={diff.data} /> : null}
    </>
  )
}

function countOf(diff: VersionDiff, t: ReturnType<typeof useWording>['t']): string {
  const n = (change: string) => diff.nodes.filter((node) => node.change === change).length
  if (diff.nodes.length === 0 && diff.tables.length === 0) return t('rules.compare.same')
  return t('rules.compare.count', { added: n('added'), removed: n('removed'), changed: n('changed') })
}

function NodeChanges({ diff }: { readonly diff: VersionDiff }) {
  const { t } = useWording()
  if (diff.nodes.length === 0) return <p className="hf-faint">{t('rules.compare.same')}</p>
  return (
    <ul className="hf-run-list">
      {diff.nodes.map((node) => (
        <li key={node.id}>
          <div className="hf-tags">
            <Tag tone={CHANGE_TONES[node.change] ?? 'neutral'}>{t(`rules.change.${node.change}`)}</Tag>
            <b>{node.label || node.id}</b>
          </div>
          {node.change === 'changed'
            ? node.fields.map((field) => (
                <div key={field.path} className="hf-faint">
                  <code>{field.path}</code>：<span className="hf-before">{plain(field.before)}</span> →{' '}
                  <span className="hf-after">{plain(field.after)}</span>
                </div>
              ))
            : null}
        </li>
      ))}
    </ul>
  )
}

function plain(value: unknown): string {
  if (value === undefined || value === null || value === '') return '–'
  return typeof value === 'string' ? value : JSON.stringify(value)
}

const CONTEXT = 3
type DiffLine = VersionDiff['text'][number] & { readonly at: number }

/** What changed, with a few lines around it; what was left out between is one line. */
function hunks(text: VersionDiff['text']): readonly DiffLine[] {
  const near = new Set(
    text.flatMap(({ sign }, i) =>
      sign === ' ' ? [] : Array.from({ length: 2 * CONTEXT + 1 }, (_, k) => i - CONTEXT + k),
    ),
  )
  return text.flatMap((one, at) => {
    if (near.has(at)) return [{ ...one, at }]
    return near.has(at + 1) || (at === text.length - 1 && near.size > 0) ? [{ sign: ' ', line: '…', at }] : []
  })
}

const SIGN_CLASS = { '+': 'hf-diff-plus', '-': 'hf-diff-minus', ' ': undefined } as const

function DiffText({ diff }: { readonly diff: VersionDiff }) {
  const { t } = useWording()
  if (diff.text.every(({ sign }) => sign === ' '))
    return <p className="hf-faint">{t('rules.compare.same')}</p>
  return (
    <section aria-label={t('rules.compare.text')}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by the keyboard */}
      <pre className="hf-diff" tabIndex={0}>
        {hunks(diff.text).map(({ line, sign, at }) => (
          <span key={at} className={SIGN_CLASS[sign]}>
            {sign} {line}
          </span>
        ))}
      </pre>
    </section>
  )
}
