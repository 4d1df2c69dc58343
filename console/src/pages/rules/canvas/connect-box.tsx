import { Button, Select } from 'antd'
import { useState } from 'react'
import type { NextNode, RuleModel } from '#/api/rule-model-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { closesCircle, nodeById, waysOf } from './graph.ts'
import { Field, nameOf } from './panel-parts.tsx'

/** A line without a mouse: which way of the chosen node, and where it leads. */
export function ConnectBox({
  model,
  source,
  onConnect,
  onClose,
}: {
  readonly model: RuleModel
  readonly source: string
  readonly onConnect: (way: string, to: NextNode) => void
  readonly onClose: () => void
}) {
  const { t } = useWording()
  const node = nodeById(model, source)
  const ways = node ? waysOf(node) : []
  const [way, setWay] = useState(() => (ways.find(({ to }) => to === null) ?? ways[0])?.id ?? '')
  if (!node || ways.length === 0) return null
  const label = (id: string): string => {
    const one = ways.find((each) => each.id === id)
    if (one?.role === 'branch') return one.label
    if (one?.role === 'otherwise' || one?.role === 'missing') return t(`canvas.way.${one.role}`)
    return t('canvas.way.next')
  }
  const targets = model.nodes
    .filter(({ id }) => id !== source && !closesCircle(model, source, id))
    .map((one) => ({ value: one.id, label: nameOf(one, t) }))
  const title = t('canvas.connectTitle', { from: node.label || node.id })
  return (
    <div
      className="hf-rule-connect hf-rule-form"
      role="dialog"
      aria-label={title}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.stopPropagation()
        onClose()
      }}
    >
      <strong>{title}</strong>
      {ways.length > 1 ? (
        <Field label={t('canvas.connectWay')}>
          <Select
            aria-label={t('canvas.connectWay')}
            style={{ width: '100%' }}
            value={way}
            options={ways.map(({ id }) => ({ value: id, label: label(id) }))}
            onChange={setWay}
          />
        </Field>
      ) : null}
      <Field label={t('canvas.connectTo')}>
        <Select
          autoFocus
          defaultOpen
          aria-label={t('canvas.connectTo')}
          style={{ width: '100%' }}
          showSearch={{ optionFilterProp: 'label' }}
          options={[...targets, { value: '', label: t('canvas.connectNone') }]}
          onChange={(to: string) => onConnect(way, to === '' ? null : to)}
        />
      </Field>
      <Button onClick={onClose}>{t('common.cancel')}</Button>
    </div>
  )
}
