import { Button } from 'antd'
import { useState } from 'react'
import type { ReviewCase } from '#/api/review-types.ts'
import type { ReviewFilter } from '#/app/page-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import type { Selection } from '#/parts/list-view/types.ts'
import { ChangeDialog, type DialogKind } from './change-dialogs.tsx'
import { type Target, useChange } from './review-queries.ts'

/** What is done to many cases at once: those ticked, with the revisions that were seen, or all that match. */
export function ReviewBulk({
  selection,
  rows,
  filter,
  onDone,
}: {
  readonly selection: Selection
  readonly rows: readonly ReviewCase[]
  readonly filter: ReviewFilter
  readonly onDone: () => void
}) {
  const { t } = useWording()
  const [dialog, setDialog] = useState<DialogKind | null>(null)
  const done = () => {
    selection.clear()
    onDone()
  }
  const change = useChange(done)
  const seen = new Map(rows.map((row) => [row.id, row.revision]))
  const target: Target = selection.everything
    ? { filter }
    : { ids: selection.ids, revisions: selection.ids.map((id) => seen.get(id) ?? 1) }
  const resolved = filter.state === 'resolved' || filter.resolvedToday !== undefined
  return (
    <>
      {resolved ? (
        <Button type="primary" onClick={() => setDialog('reopen')}>
          {t('review.reopen')}
        </Button>
      ) : (
        <>
          <Button
            type="primary"
            loading={change.isPending}
            onClick={() => change.mutate({ path: 'assign', target, body: { to: 'me' } })}
          >
            {t('review.assignMe')}
          </Button>
          <Button onClick={() => setDialog('assign')}>{t('review.assign')}</Button>
          {filter.state === 'snoozed' ? (
            <Button onClick={() => change.mutate({ path: 'snooze', target, body: { until: null } })}>
              {t('review.wake')}
            </Button>
          ) : (
            <Button onClick={() => setDialog('snooze')}>{t('review.snooze')}</Button>
          )}
          <Button onClick={() => setDialog('resolve')}>{t('review.resolve')}</Button>
        </>
      )}
      {dialog ? (
        <ChangeDialog
          kind={dialog}
          target={target}
          count={selection.count}
          onClose={() => setDialog(null)}
          onDone={done}
        />
      ) : null}
    </>
  )
}
