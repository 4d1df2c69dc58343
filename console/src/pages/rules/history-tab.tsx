import { useInfiniteQuery } from '@tanstack/react-query'
import { Button, Skeleton } from 'antd'
import { get } from '#/api/client.ts'
import type { RuleEvent, RuleSet } from '#/api/rule-types.ts'
import { RULES } from '#/api/rules.ts'
import type { Page } from '#/api/types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { Section, TeachingEmpty } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { FullTime } from '#/parts/time-text.tsx'
import type { Tone } from '#/theme/palette.ts'

const TONES: Readonly<Record<string, Tone>> = {
  gray: 'wait',
  share: 'wait',
  promoted: 'good',
  published: 'good',
  check_failed: 'bad',
  approved: 'good',
  rolled_back: 'bad',
  rejected: 'bad',
  retired: 'muted',
}

/** Everything that was ever done with the set, by whom and why, guards included. */
export function HistoryTab({ set }: { readonly set: RuleSet }) {
  const { t, pick, word } = useWording()
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['rule-events', set.id, set.updatedAt, set.revision],
    queryFn: ({ pageParam, signal }) =>
      get<Page<RuleEvent>>(`${RULES}/sets/${set.id}/events`, { cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: (old) => old,
  })
  if (error && !data) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  if (!data) return <Skeleton active paragraph={{ rows: 6 }} />
  const rows = data.pages.flatMap((page) => page.items)
  if (rows.length === 0) return <TeachingEmpty title={t('rules.noHistory')} hint={t('rules.noHistoryHint')} />
  return (
    <Section title={t('rules.tab.history')}>
      <ol className="hf-history">
        {rows.map((row) => (
          <li key={row.id}>
            <div className="hf-history-head">
              <Tag tone={TONES[row.what] ?? 'neutral'}>{word('ruleEvent', row.what)}</Tag>
              {row.versionNumber === null ? null : <b className="hf-num">v{row.versionNumber}</b>}
              <span>{pick(row.words)}</span>
              <span className="hf-faint hf-push">
                {row.actor} · <FullTime at={row.at} />
              </span>
            </div>
          </li>
        ))}
      </ol>
      {hasNextPage ? (
        <Button loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t('rules.more')}
        </Button>
      ) : null}
    </Section>
  )
}
