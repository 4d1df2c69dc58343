import { useMutation } from '@tanstack/react-query'
import { Alert, App, Button, Input, InputNumber, Modal, Table } from 'antd'
import { useState } from 'react'
import { write } from '#/api/client.ts'
import type { TransferDetail, TransferLine } from '#/api/transfer-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'

const KINDS = ['good', 'damaged', 'lost'] as const
type Counted = { readonly good: number; readonly damaged: number; readonly lost: number }
const NONE: Counted = { good: 0, damaged: 0, lost: 0 }

/** A receipt as counted: good, damaged and lost pieces of each line, never more than are on the way. */
export function ReceiveDialog({
  row,
  stepKey,
  onClose,
  onDone,
}: {
  readonly row: TransferDetail
  readonly stepKey: string
  readonly onClose: () => void
  readonly onDone: () => void
}) {
  const { t } = useWording()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const coming = row.lines.filter((line) => line.onTheWay > 0)
  const [counted, setCounted] = useState<Readonly<Record<number, Counted>>>(() =>
    Object.fromEntries(coming.map((line) => [line.line, { ...NONE, good: line.onTheWay }])),
  )
  const [note, setNote] = useState('')
  const of = (line: number): Counted => counted[line] ?? NONE
  const sum = (line: number) => KINDS.reduce((all, kind) => all + of(line)[kind], 0)
  const total = coming.reduce((all, line) => all + sum(line.line), 0)
  const isRight = (line: TransferLine) =>
    sum(line.line) <= line.onTheWay &&
    KINDS.every((kind) => Number.isSafeInteger(of(line.line)[kind]) && of(line.line)[kind] >= 0)
  const wrong = !coming.every(isRight)
  const receive = useMutation({
    mutationFn: () =>
      write('POST', `/api/transfers/${row.id}/receive`, {
        key: stepKey,
        lines: coming
          .filter((line) => sum(line.line) > 0)
          .map((line) => ({ line: line.line, ...of(line.line) })),
        ...(note.trim() === '' ? {} : { note: note.trim() }),
      }),
    onError: fail,
    onSuccess: () => {
      void message.success(t('transfers.done'))
      onDone()
    },
  })
  const set = (line: number, kind: (typeof KINDS)[number], n: number | null) =>
    setCounted({ ...counted, [line]: { ...of(line), [kind]: n ?? 0 } })
  return (
    <Modal
      open
      width={720}
      title={t('transfers.receiveTitle', { no: row.transferNo })}
      okText={t('transfers.act.receive')}
      cancelText={t('common.cancel')}
      okButtonProps={{ disabled: total === 0 || wrong, loading: receive.isPending }}
      onOk={() => receive.mutate()}
      onCancel={onClose}
    >
      <p className="hf-faint">{t('transfers.receiveHint')}</p>
      {row.destinationFigures === 'captured' ? (
        <Alert type="info" showIcon title={t('transfers.receiveCaptured')} />
      ) : null}
      <Table<TransferLine>
        size="small"
        rowKey="line"
        pagination={coming.length > 20 ? { pageSize: 20 } : false}
        dataSource={[...coming]}
        columns={[
          { title: t('transfers.form.sku'), render: (_, line) => <code>{line.sku}</code> },
          {
            title: t('transfers.left'),
            align: 'right',
            width: 70,
            render: (_, line) => <span className="hf-num">{line.onTheWay}</span>,
          },
          ...KINDS.map((kind) => ({
            title: t(`transfers.${kind}`),
            width: 100,
            render: (_: unknown, line: TransferLine) => (
              <InputNumber
                aria-label={`${t(`transfers.${kind}`)} ${line.sku}`}
                status={isRight(line) ? '' : 'error'}
                value={of(line.line)[kind]}
                onChange={(n) => set(line.line, kind, n)}
                style={{ width: '100%' }}
              />
            ),
          })),
        ]}
      />
      <p className="hf-inline" style={{ marginTop: 10 }}>
        <Input
          maxLength={500}
          placeholder={t('transfers.form.note')}
          aria-label={t('transfers.form.note')}
          value={note}
          onChange={(event) => setNote(event.target.value)}
        />
        <Button
          onClick={() =>
            setCounted(
              Object.fromEntries(coming.map((line) => [line.line, { ...NONE, good: line.onTheWay }])),
            )
          }
        >
          {t('transfers.receiveAll')}
        </Button>
      </p>
    </Modal>
  )
}
