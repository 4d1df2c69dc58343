import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Modal, Skeleton } from 'antd'
import { get, write } from '#/api/client.ts'
import type { ConflictSide, SpoolConflict } from '#/api/emergency-types.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { prettyBody } from '#/parts/pretty-body.ts'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { FullTime } from '#/parts/time-text.tsx'

/** Both bodies beside each other, lines that only one of them has marked, and the decision. */
export function ConflictDialog({
  id,
  onClose,
  onDecided,
}: {
  readonly id: string
  readonly onClose: () => void
  readonly onDecided: () => void
}) {
  const { t } = useWording()
  const can = useCan()
  const { message } = App.useApp()
  const client = useQueryClient()
  const fail = useProblemToast()
  const conflict = useQuery({
    queryKey: ['spool-conflict', id],
    queryFn: ({ signal }) => get<SpoolConflict>(`/api/emergency/conflicts/${id}`, {}, signal),
  })
  const decide = useMutation({
    mutationFn: (decision: 'ours' | 'theirs') =>
      write('POST', `/api/emergency/conflicts/${id}/decision`, { decision }),
    onError: fail,
    onSuccess: () => {
      void message.success(t('emergency.decided'))
      void client.invalidateQueries({ queryKey: ['emergency'] })
      void client.invalidateQueries({ queryKey: ['spool-conflict', id] })
      onDecided()
      onClose()
    },
  })
  const open = conflict.data?.receipt.decision === null && can('messages:replay')
  const { ours = null, theirs = null } = conflict.data ?? {}
  return (
    <Modal
      open
      title={t('emergency.conflictTitle')}
      width={1080}
      onCancel={onClose}
      footer={
        open ? (
          <>
            <Button loading={decide.isPending} onClick={() => decide.mutate('ours')}>
              {t('emergency.decision.ours')}
            </Button>
            <Button
              type="primary"
              disabled={theirs === null}
              loading={decide.isPending}
              onClick={() => decide.mutate('theirs')}
            >
              {t('emergency.decision.theirs')}
            </Button>
          </>
        ) : null
      }
    >
      <p className="hf-faint">{t('emergency.conflictHint')}</p>
      {conflict.isPending ? <Skeleton active /> : null}
      {conflict.error ? <ProblemNotice error={conflict.error} /> : null}
      {conflict.data ? (
        <div className="hf-sides">
          <Side title={t('emergency.ours')} side={ours} other={theirs} />
          <Side title={t('emergency.theirs')} side={theirs} other={ours} />
        </div>
      ) : null}
    </Modal>
  )
}

function Side({
  title,
  side,
  other,
}: {
  readonly title: string
  readonly side: ConflictSide | null
  readonly other: ConflictSide | null
}) {
  const { t } = useWording()
  const known = new Set(linesOf(other))
  return (
    <section aria-label={title}>
      <h3 className="hf-small-head">
        {title} {side ? <FullTime at={side.receivedAt} /> : null}
      </h3>
      {side === null ? <p className="hf-faint">{t('emergency.gone')}</p> : null}
      {side === null ? null : (
        <pre>
          {linesOf(side).map((line, i) =>
            known.has(line) ? (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines have no name but their place, and never move
              <span key={i}>{`${line}\n`}</span>
            ) : (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines have no name but their place, and never move
              <mark key={i}>{`${line}\n`}</mark>
            ),
          )}
        </pre>
      )}
    </section>
  )
}

function linesOf(side: ConflictSide | null): readonly string[] {
  if (side === null) return []
  return (side.encoding === 'utf8' ? (prettyBody(side.body) ?? side.body) : side.body).split('\n')
}
