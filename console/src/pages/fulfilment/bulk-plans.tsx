import { useMutation, useQueryClient } from '@tanstack/react-query'
import { App, Button, Input, Modal } from 'antd'
import { useState } from 'react'
import { write } from '#/api/client.ts'
import { FULFILMENT } from '#/api/fulfilment-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { PlanChangeDialog } from '#/pages/orders/plan-change-dialog.tsx'
import type { Selection } from '#/parts/list-view/types.ts'
import { useProblemToast, useRefusalText } from '#/parts/problem-notice.tsx'

const DOINGS = ['hold', 'release', 'replan', 'automatic'] as const
type Doing = (typeof DOINGS)[number]
type Answer = {
  readonly done: number
  readonly refused: readonly {
    readonly orderId: string
    readonly orderNo: string | null
    readonly code: string
    readonly detail: string
  }[]
}
const MOST = 200
const MERGED_MOST = 50

/** The same change for the chosen orders, with one reason; what is refused is told order by order. */
export function BulkPlans({
  selection,
  onDone,
}: {
  readonly selection: Selection
  readonly onDone: () => void
}) {
  const { t } = useWording()
  const { modal, message } = App.useApp()
  const refusal = useRefusalText()
  const fail = useProblemToast()
  const client = useQueryClient()
  const [asked, setAsked] = useState<Doing | null>(null)
  const [reason, setReason] = useState('')
  const [merging, setMerging] = useState(false)
  const [first, ...others] = selection.ids
  const canMerge = others.length > 0 && others.length < MERGED_MOST
  const orders = selection.ids.slice(0, MOST)
  const run = useMutation({
    mutationFn: () => write<Answer>('POST', `${FULFILMENT}/bulk`, { orders, do: asked, reason }),
    onSuccess: ({ done, refused }) => {
      setAsked(null)
      setReason('')
      selection.clear()
      void client.invalidateQueries({ queryKey: ['plan'] })
      onDone()
      if (refused.length === 0) void message.success(t('fulfilment.bulk.done', { n: done }))
      else
        modal.warning({
          title: t('fulfilment.bulk.part', { n: done, m: refused.length }),
          content: (
            <ul>
              {refused.slice(0, 20).map((one) => (
                <li key={one.orderId}>
                  {one.orderNo ?? one.orderId}: {refusal(one.code, one.detail)}
                </li>
              ))}
            </ul>
          ),
        })
    },
    onError: fail,
  })
  return (
    <>
      {DOINGS.map((one) => (
        <Button key={one} onClick={() => setAsked(one)}>
          {t(`fulfilment.do.${one}`)}
        </Button>
      ))}
      <Button
        disabled={!canMerge}
        title={canMerge ? undefined : t('fulfilment.merge.tooFew')}
        onClick={() => setMerging(true)}
      >
        {t('fulfilment.do.merge')}
      </Button>
      {merging && first !== undefined ? (
        <PlanChangeDialog
          orderId={first}
          revision={null}
          change={{ do: 'merge', orders: others }}
          onClose={() => {
            setMerging(false)
            onDone()
          }}
        />
      ) : null}
      {asked !== null ? (
        <Modal
          open
          title={t(`fulfilment.do.${asked}`)}
          okText={t(`fulfilment.do.${asked}`)}
          okButtonProps={{ disabled: reason.trim() === '' }}
          confirmLoading={run.isPending}
          onOk={() => run.mutate()}
          onCancel={() => setAsked(null)}
        >
          <p className="hf-faint">{t(`fulfilment.hint.${asked}`)}</p>
          {selection.count > MOST ? <p>{t('fulfilment.bulk.most', { n: MOST })}</p> : null}
          <Input.TextArea
            autoFocus
            rows={2}
            maxLength={500}
            aria-label={t('fulfilment.reason')}
            placeholder={t('fulfilment.reasonHint')}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        </Modal>
      ) : null}
    </>
  )
}
