import { CheckOutlined } from '@ant-design/icons'
import { Button, Input } from 'antd'
import { type KeyboardEvent, useState } from 'react'
import type { UnmatchedSku } from '#/api/sku-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { Tag } from '#/parts/tag.tsx'

/** Steps to the input of the row above or below, so that a queue is worked down without the mouse. */
function step(from: HTMLElement, by: 1 | -1): void {
  const inputs = [...document.querySelectorAll<HTMLInputElement>('input[data-stock-sku]')]
  inputs[inputs.indexOf(from as HTMLInputElement) + by]?.focus()
}

/** The stock SKU of one waiting row: typed, saved with Enter, and the next row is at hand. */
export function StockSkuInput({
  row,
  saved,
  drafts,
  draftKey,
  onSave,
}: {
  readonly row: UnmatchedSku
  /** The stock SKU it was matched with since the list was loaded. */
  readonly saved: string | undefined
  /** What was typed survives its row being scrolled away. */
  readonly drafts: Map<string, string>
  readonly draftKey: string
  /** Absent: may not be changed by this person. */
  readonly onSave: ((row: UnmatchedSku, stockSku: string) => void) | undefined
}) {
  const { t } = useWording()
  const [text, setText] = useState(drafts.get(draftKey) ?? '')
  const change = (next: string) => {
    drafts.set(draftKey, next)
    setText(next)
  }
  if (saved !== undefined)
    return (
      <Tag tone="good">
        <CheckOutlined aria-hidden="true" /> {t('skus.matched', { sku: saved })}
      </Tag>
    )
  if (row.shopSku === '') return <span className="hf-faint">{t('skus.noShopSkuHint')}</span>
  if (!onSave) return <span className="hf-faint">–</span>
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.nativeEvent.isComposing) return
    const input = event.currentTarget
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') step(input, event.key === 'ArrowDown' ? 1 : -1)
    else if (event.key === 'Escape') input.blur()
    else if (event.key === 'Enter' && text.trim() !== '') {
      onSave(row, text.trim())
      step(input, 1)
    } else return
    event.preventDefault()
  }
  return (
    <span className="hf-stock-sku">
      <Input
        size="small"
        maxLength={120}
        data-stock-sku=""
        autoComplete="off"
        spellCheck={false}
        placeholder={t('skus.inputHint')}
        aria-label={t('skus.inputOf', { sku: row.shopSku })}
        value={text}
        onChange={(event) => change(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <Button
        size="small"
        type="text"
        title={t('skus.sameCodeOf', { sku: row.shopSku })}
        aria-label={t('skus.sameCodeOf', { sku: row.shopSku })}
        onClick={(event) => {
          change(row.shopSku)
          event.currentTarget.closest('.hf-stock-sku')?.querySelector('input')?.focus()
        }}
      >
        {t('skus.sameCode')}
      </Button>
    </span>
  )
}
