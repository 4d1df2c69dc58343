import { useMutation } from '@tanstack/react-query'
import { App, Button, Popconfirm, Select } from 'antd'
import { write } from '#/api/client.ts'
import type { MappingVersion } from '#/api/intake-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { shortDay } from '#/lib/time.ts'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { useRefreshMapping } from './use-mapping.ts'

/** The open draft, always in sight while it exists: how much it changes, and the ways out of it. */
export function DraftBar({
  draft,
  drafts,
  changes,
  onChoose,
  onReview,
}: {
  readonly draft: MappingVersion
  readonly drafts: readonly MappingVersion[]
  readonly changes: number
  readonly onChoose: (id: string | undefined) => void
  readonly onReview: () => void
}) {
  const { t } = useWording()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const refresh = useRefreshMapping()
  const drop = useMutation({
    mutationFn: () => write('DELETE', `/api/mapping/drafts/${draft.id}`),
    onError: fail,
    onSuccess: () => {
      void message.success(t('draft.dropped'))
      onChoose(undefined)
      refresh()
    },
  })
  return (
    <section className="hf-draft-bar" aria-label={t('mapping.col.draft')}>
      <b>
        {changes > 0
          ? t('draft.bar', { n: draft.version, changes })
          : t('draft.barNone', { n: draft.version })}
      </b>
      <span className="hf-faint">
        {t('draft.by', { author: draft.author, at: shortDay(draft.createdAt) })}
      </span>
      {drafts.length > 1 ? (
        <Select
          aria-label={t('draft.choose')}
          value={draft.id}
          onChange={onChoose}
          options={drafts.map((one) => ({
            value: one.id,
            label: `v${one.version} · ${one.note || one.author}`,
          }))}
          popupMatchSelectWidth={false}
        />
      ) : null}
      <span className="hf-push" />
      <Popconfirm
        title={t('draft.dropConfirm', { n: draft.version })}
        okText={t('draft.drop')}
        cancelText={t('common.cancel')}
        onConfirm={() => drop.mutate()}
      >
        <Button loading={drop.isPending}>{t('draft.drop')}</Button>
      </Popconfirm>
      <Button type="primary" disabled={changes === 0} onClick={onReview}>
        {t('draft.review')}
      </Button>
    </section>
  )
}
