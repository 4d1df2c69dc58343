import { CheckOutlined, CopyOutlined } from '@ant-design/icons'
import { Button, Tooltip } from 'antd'
import { type ReactNode, useState } from 'react'
import type { Money } from '#/api/types.ts'
import { useWording } from '#/i18n/language.tsx'
import { moneyText } from '#/lib/money.ts'

export function MoneyText({ money }: { readonly money: Money | null | undefined }) {
  return money ? <span className="hf-num">{moneyText(money)}</span> : null
}

/** Copies `text`; the icon turns to a tick for a moment. */
export function CopyButton({ text, label }: { readonly text: string; readonly label?: string }) {
  const { t } = useWording()
  const [done, setDone] = useState(false)
  const copy = async (event: React.MouseEvent) => {
    event.stopPropagation()
    await navigator.clipboard.writeText(text)
    setDone(true)
    window.setTimeout(() => setDone(false), 1_200)
  }
  return (
    <Tooltip title={done ? t('common.copied') : (label ?? t('common.copy'))}>
      <Button
        type="text"
        className="hf-copy"
        aria-label={label ?? t('common.copy')}
        icon={done ? <CheckOutlined /> : <CopyOutlined />}
        onClick={copy}
      />
    </Tooltip>
  )
}

/** Title row of a page: one line, actions on the right. */
export function PageHeader({
  title,
  lead,
  children,
}: {
  readonly title: string
  readonly lead?: ReactNode
  readonly children?: ReactNode
}) {
  return (
    <header className="hf-page-header">
      <div>
        <h1>{title}</h1>
        {lead ? <p className="hf-faint">{lead}</p> : null}
      </div>
      {children ? <div className="hf-page-actions">{children}</div> : null}
    </header>
  )
}

/** An empty state that teaches: what would be here, and the ways to make it so. */
export function TeachingEmpty({
  icon,
  title,
  hint,
  children,
}: {
  readonly icon?: ReactNode
  readonly title: string
  readonly hint: string
  readonly children?: ReactNode
}) {
  return (
    <div className="hf-empty">
      {icon ? (
        <div className="hf-empty-icon" aria-hidden="true">
          {icon}
        </div>
      ) : null}
      <h2>{title}</h2>
      <p>{hint}</p>
      {children}
    </div>
  )
}

/** Name and value, stacked tightly; for evidence blocks. */
export function Facts({ items }: { readonly items: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="hf-facts">
      {items.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

export function Section({
  title,
  extra,
  children,
}: {
  readonly title: ReactNode
  readonly extra?: ReactNode
  readonly children: ReactNode
}) {
  return (
    <section className="hf-section">
      <div className="hf-section-head">
        <h2>{title}</h2>
        {extra ? <div className="hf-section-extra">{extra}</div> : null}
      </div>
      {children}
    </section>
  )
}
