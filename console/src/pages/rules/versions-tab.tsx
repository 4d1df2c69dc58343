import { useInfiniteQuery } from '@tanstack/react-query'
import { Button, Select, Skeleton, Space } from 'antd'
import { get } from '#/api/client.ts'
import type { RuleKind, RuleSet, VersionBrief } from '#/api/rule-types.ts'
import { RULES } from '#/api/rules.ts'
import { useCan } from '#/api/session.ts'
import type { Page } from '#/api/types.ts'
import type { RuleSetPlace } from '#/app/rule-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { Section, TeachingEmpty } from '#/parts/small.tsx'
import { CodeTag, Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import type { ChangePlace } from './rule-set-page.tsx'
import { useNewDraft } from './set-actions.tsx'
import { VersionCompare } from './version-compare.tsx'

/** Every version that there was, who wrote it, why it left; any two side by side. */
export function VersionsTab({
  set,
  kind,
  place,
  onPlace,
}: {
  readonly set: RuleSet
  readonly kind: RuleKind
  readonly place: RuleSetPlace
  readonly onPlace: ChangePlace
}) {
  const { t } = useWording()
  const can = useCan()('rules:write')
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['rule-versions', set.id, set.revision, set.draft?.id ?? null, set.draft?.revision ?? null],
    queryFn: ({ pageParam, signal }) =>
      get<Page<VersionBrief>>(`${RULES}/sets/${set.id}/versions`, { cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: (old) => old,
  })
  const draft = useNewDraft(set, (version) => onPlace({ tab: 'canvas', version: version.id }))
  if (error && !data) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  if (!data) return <Skeleton active paragraph={{ rows: 6 }} />
  const rows = data.pages.flatMap((page) => page.items)
  if (rows.length === 0)
    return <TeachingEmpty title={t('rules.noVersion.title')} hint={t('rules.noVersion.hint')} />
  const shown = rows.find((one) => one.id === place.version) ?? rows[0]
  const against =
    rows.find((one) => one.id === place.against) ??
    rows.find((one) => one.id === (set.live ?? set.previous)?.id && one.id !== shown?.id) ??
    rows.find((one) => one.id !== shown?.id)
  return (
    <>
      <Section title={t('rules.versions')}>
        <div className="hf-scroll-x">
          <table className="hf-plain-table hf-versions">
            <thead>
              <tr>
                <th>{t('rules.version')}</th>
                <th>{t('rules.col.state')}</th>
                <th>{t('rules.col.checked')}</th>
                <th>{t('rules.col.note')}</th>
                <th>{t('rules.col.author')}</th>
                <th>{t('rules.col.published')}</th>
                <th>{t('rules.col.hash')}</th>
                <th />
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.id} data-shown={row.id === shown?.id}>
                  <td className="hf-num">
                    <b>v{row.number}</b>
                    {row.basedOn === null ? null : <span className="hf-faint"> ← v{row.basedOn}</span>}
                  </td>
                  <td>
                    <CodeTag family="ruleState" code={row.state} dot />
                  </td>
                  <td>
                    <Checked version={row} />
                  </td>
                  <td>
                    {row.note}
                    {row.retiredWords ? <div className="hf-faint">{row.retiredWords}</div> : null}
                  </td>
                  <td>{row.author}</td>
                  <td>
                    {row.publishedAt ? <TimeText at={row.publishedAt} /> : <TimeText at={row.updatedAt} />}
                  </td>
                  <td>
                    <code title={row.hash}>{row.hash.slice(0, 8)}</code>
                  </td>
                  <td className="hf-right">
                    <Space size={4}>
                      <Button size="small" onClick={() => onPlace({ tab: 'canvas', version: row.id })}>
                        {t('rules.see')}
                      </Button>
                      <Button
                        size="small"
                        disabled={rows.length < 2}
                        onClick={() => onPlace({ version: row.id, against: undefined })}
                      >
                        {t('rules.compare')}
                      </Button>
                      {can && !set.draft ? (
                        <Button size="small" loading={draft.pending} onClick={() => draft.start(row.id)}>
                          {t('rules.draftFromThis')}
                        </Button>
                      ) : null}
                    </Space>
                  </td>
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
      </Section>
      {shown && against ? (
        <Section
          title={t('rules.compareTitle')}
          extra={
            <Space>
              <Pick
                label={t('rules.before')}
                rows={rows}
                value={against.id}
                onPick={(id) => onPlace({ against: id })}
              />
              →
              <Pick
                label={t('rules.after')}
                rows={rows}
                value={shown.id}
                onPick={(id) => onPlace({ version: id })}
              />
            </Space>
          }
        >
          <VersionCompare kind={kind} version={shown} against={against} />
        </Section>
      ) : null}
    </>
  )
}

function Pick({
  label,
  rows,
  value,
  onPick,
}: {
  readonly label: string
  readonly rows: readonly VersionBrief[]
  readonly value: string
  readonly onPick: (id: string) => void
}) {
  const { word } = useWording()
  return (
    <Select
      aria-label={label}
      value={value}
      onChange={onPick}
      popupMatchSelectWidth={false}
      options={rows.map((one) => ({
        value: one.id,
        label: `v${one.number} · ${word('ruleState', one.state)}`,
      }))}
    />
  )
}

function Checked({ version }: { readonly version: VersionBrief }) {
  const { t } = useWording()
  const { checked } = version
  if (!checked) return <span className="hf-faint">–</span>
  if (checked.errors > 0) return <Tag tone="bad">{t('rules.errors', { n: checked.errors })}</Tag>
  return (
    <span className="hf-tags">
      <Tag tone="good">{t('rules.noErrors')}</Tag>
      {checked.warnings > 0 ? <Tag tone="wait">{t('rules.warnings', { n: checked.warnings })}</Tag> : null}
    </span>
  )
}
