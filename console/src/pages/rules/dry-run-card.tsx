import { DownloadOutlined } from '@ant-design/icons'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Button, Progress, Skeleton, Space } from 'antd'
import { useState } from 'react'
import { download, get } from '#/api/client.ts'
import type { BeforeAfter, DryRun, DryRunRow, DryRunSide, RuleSet } from '#/api/rule-types.ts'
import { RULES } from '#/api/rules.ts'
import { useCan } from '#/api/session.ts'
import type { Page } from '#/api/types.ts'
import { useWording, type Wording } from '#/i18n/language.tsx'
import { Figures } from '#/parts/figures.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { majorText } from '#/parts/rule-words.ts'
import { Section } from '#/parts/small.tsx'
import { CodeTag, Tag } from '#/parts/tag.tsx'
import { useOverlay } from '#/parts/use-overlay.ts'
import { isUnderWay } from './rule-queries.ts'
import { useSetAction, WordsDialog } from './set-actions.tsx'

/** One dry run: how far it is, what changes in sum, by group, and order by order. */
export function DryRunCard({ set, run }: { readonly set: RuleSet; readonly run: DryRun }) {
  const { t, word } = useWording()
  const can = useCan()('rules:write')
  const [group, setGroup] = useState<string | undefined>(undefined)
  const [accepting, setAccepting] = useState(false)
  const stop = useSetAction<DryRun>(set.id, t('rules.stopped'))
  const fail = useProblemToast()
  const running = isUnderWay(run)
  return (
    <Section
      title={
        <>
          {t('rules.runOf', { n: run.versionNumber })}{' '}
          <span className="hf-faint hf-num">
            {run.from.slice(0, 10)} – {run.to.slice(0, 10)}
          </span>
        </>
      }
      extra={
        <Space>
          {running && can ? (
            <Button
              loading={stop.isPending}
              onClick={() => stop.mutate({ path: `/dry-runs/${run.id}/stop`, body: {} })}
            >
              {t('rules.stop')}
            </Button>
          ) : null}
          {run.state === 'done' ? (
            <Button
              icon={<DownloadOutlined />}
              onClick={() =>
                void download(
                  `${RULES}/dry-runs/${run.id}/export`,
                  undefined,
                  `dry-run-${run.id}.xlsx`,
                ).catch(fail)
              }
            >
              {t('rules.export')}
            </Button>
          ) : null}
          {run.state === 'done' && run.passed !== true && can ? (
            <Button type="primary" onClick={() => setAccepting(true)}>
              {t('rules.accept')}
            </Button>
          ) : null}
        </Space>
      }
    >
      <RunHead run={run} />
      <RunFigures run={run} />
      {run.groups.length > 0 ? (
        <nav className="hf-run-groups" aria-label={t('rules.groups')}>
          <GroupButton
            text={t('rules.allChanged')}
            n={run.changed}
            on={group === undefined}
            onClick={() => setGroup(undefined)}
          />
          {run.groups.map((one) => (
            <GroupButton
              key={one.group}
              text={groupText(one.group, word)}
              n={one.count}
              on={group === one.group}
              onClick={() => setGroup(one.group)}
            />
          ))}
        </nav>
      ) : null}
      {run.state === 'done' && run.changed === 0 ? (
        <p className="hf-side-calm">{t('rules.nothingChanges')}</p>
      ) : null}
      {run.changed > 0 ? <Rows run={run} group={group} /> : null}
      {accepting ? <AcceptDialog set={set} run={run} onClose={() => setAccepting(false)} /> : null}
    </Section>
  )
}

function GroupButton({
  text,
  n,
  on,
  onClick,
}: {
  readonly text: string
  readonly n: number
  readonly on: boolean
  readonly onClick: () => void
}) {
  const { count } = useWording()
  return (
    <button type="button" className="hf-view hf-view-button" aria-pressed={on} onClick={onClick}>
      {text} <span className="hf-view-count">{count(n)}</span>
    </button>
  )
}

function RunHead({ run }: { readonly run: DryRun }) {
  const { t, pick } = useWording()
  const percent = run.total ? Math.min(100, Math.floor((run.done / run.total) * 100)) : 0
  const words = run.passWords ? pick(run.passWords) : ''
  return (
    <div className="hf-run-head">
      <CodeTag family="dryRunState" code={run.state} dot />
      {run.passed === true ? <Tag tone="good">{t('rules.passed')}</Tag> : null}
      {run.state === 'done' && run.passed !== true ? <Tag tone="wait">{t('rules.notPassed')}</Tag> : null}
      <span className="hf-faint">
        {run.againstNumber === null
          ? t('rules.againstNothing')
          : t('rules.againstLive', { n: run.againstNumber })}
      </span>
      {words ? <span>{words}</span> : null}
      {run.passedBy ? <span className="hf-faint">{run.passedBy}</span> : null}
      {run.cut ? <span className="hf-faint">{t('rules.runCut')}</span> : null}
      {run.error ? <span className="hf-bad-text">{run.error}</span> : null}
      {isUnderWay(run) ? (
        <Progress
          className="hf-history-bar"
          percent={percent}
          size="small"
          aria-label={t('rules.runProgress')}
        />
      ) : null}
    </div>
  )
}

function RunFigures({ run }: { readonly run: DryRun }) {
  const { t, count } = useWording()
  const figures = Object.entries(run.figures)
    // Orders for a person have their own figure already.
    .filter(([name]) => name !== 'review')
    .map(([name, both]) => [figureName(name, t), bothText(name, both)] as const)
  return (
    <Figures
      items={[
        [t('rules.tried'), count(run.done)],
        [t('rules.changed'), count(run.changed), run.changed > 0 ? 'wait' : undefined],
        [t('rules.same'), count(run.same)],
        [t('rules.reviews'), bothText('', run.reviews), run.newlyReview > 0 ? 'bad' : undefined],
        ...figures,
      ]}
    />
  )
}

/** `free→charged`, `parcels 1→2`: each word of it in the reader's language where there is one. */
function groupText(group: string, word: Wording['word']): string {
  return group
    .replaceAll('∅', 'none')
    .split('→')
    .map((side) =>
      side
        .split(' ')
        .map((one) => word('ruleGroup', one))
        .join(' '),
    )
    .join(' → ')
}

const FIGURES = ['freight', 'parcels', 'free', 'charged', 'cost', 'short', 'held'] as const

function figureName(name: string, t: Wording['t']): string {
  const known = FIGURES.find((one) => one === name)
  return known ? t(`rules.figure.${known}`) : name
}

/** Amounts are summed in the minor unit; everything else is a plain count. */
function figureText(name: string, value: string | number): string {
  return /freight|amount|fee|cost/.test(name) ? majorText(String(value), 'CNY') : String(value)
}

function bothText(name: string, { before, after }: BeforeAfter | DryRun['reviews']): string {
  const [a, b] = [figureText(name, before), figureText(name, after)]
  return a === b ? a : `${a} → ${b}`
}

function Rows({ run, group }: { readonly run: DryRun; readonly group: string | undefined }) {
  const { t, word } = useWording()
  const { openOrder } = useOverlay()
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['dry-run-rows', run.id, group ?? null, run.state, isUnderWay(run) ? run.changed : null],
    queryFn: ({ pageParam, signal }) =>
      get<Page<DryRunRow>>(`${RULES}/dry-runs/${run.id}/rows`, { group, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: (old) => old,
  })
  if (error && !data) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  if (!data) return <Skeleton active />
  return (
    <>
      <div className="hf-scroll-x">
        <table className="hf-plain-table" aria-label={t('rules.changedOrders')}>
          <thead>
            <tr>
              <th>{t('decisions.col.orderNo')}</th>
              <th>{t('rules.before')}</th>
              <th>{t('rules.after')}</th>
              <th>{t('rules.group')}</th>
            </tr>
          </thead>
          <tbody>
            {data.pages
              .flatMap((page) => page.items)
              .map((row) => (
                <tr key={row.orderId}>
                  <td>
                    <button type="button" className="hf-link hf-num" onClick={() => openOrder(row.orderId)}>
                      {row.orderNo}
                    </button>
                  </td>
                  <td className="hf-before">
                    <Side side={row.before} />
                  </td>
                  <td className="hf-after">
                    <Side side={row.after} />
                  </td>
                  <td className="hf-faint">{groupText(row.group, word)}</td>
                </tr>
              ))}
          </tbody>
        </table>
      </div>
      {hasNextPage ? (
        <Button loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t('rules.more')}
        </Button>
      ) : null}
    </>
  )
}

function Side({ side }: { readonly side: DryRunSide }) {
  const { t, pick } = useWording()
  return <>{side ? pick(side.words) : t('rules.noRule')}</>
}

/** A person takes what changes upon themselves; their words stay with the version. */
export function AcceptDialog({
  set,
  run,
  onClose,
}: {
  readonly set: RuleSet
  readonly run: DryRun
  readonly onClose: () => void
}) {
  const { t } = useWording()
  const action = useSetAction<DryRun>(set.id, t('rules.accepted'), onClose)
  return (
    <WordsDialog
      title={t('rules.accept')}
      ok={t('rules.accept')}
      pending={action.isPending}
      onDone={(because) => action.mutate({ path: `/dry-runs/${run.id}/pass`, body: { because } })}
      onClose={onClose}
    >
      <p className="hf-faint">
        {t('rules.acceptHint', { n: run.changed, all: run.done, reviews: bothText('', run.reviews) })}
      </p>
    </WordsDialog>
  )
}
