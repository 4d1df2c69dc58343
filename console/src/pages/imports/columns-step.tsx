import { Alert, AutoComplete, Button, Form, Input } from 'antd'
import type { ImportTemplate, Uploaded } from '#/api/import-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { Section } from '#/parts/small.tsx'
import { ZoneInput } from '#/parts/zone-input.tsx'
import { ColumnTable } from './column-table.tsx'
import { StatusTable } from './status-table.tsx'
import { TemplateBar } from './template-bar.tsx'
import { TimePreview } from './time-preview.tsx'

export const DATE_FORMATS = [
  'iso',
  'yyyy-MM-dd HH:mm:ss',
  'M/d/yyyy H:mm',
  'd/M/yyyy H:mm',
  'MM/dd/yyyy h:mm a',
  'dd.MM.yyyy HH:mm',
  'epoch',
  'excel',
] as const
/** Questions about a column, whose name is not in their words. */
const ABOUT_COLUMN: readonly string[] = ['day_or_month', 'date_only', 'no_times']
const CURRENCIES = ['CNY', 'USD', 'EUR', 'BRL', 'GBP', 'JPY', 'HKD'] as const

/** Which column is which field, and under which clock and currency it was written; the effect on times is shown beside it. */
export function ColumnsStep({
  file,
  template,
  onChange,
  onNext,
}: {
  readonly file: Uploaded
  readonly template: ImportTemplate
  readonly onChange: (template: ImportTemplate) => void
  readonly onNext: () => void
}) {
  const { t, pick } = useWording()
  const change = (part: Partial<ImportTemplate>) => onChange({ ...template, ...part })
  const ready = template.columns['order_no'] !== undefined
  const questions = file.questions.filter((one) => one.code !== 'unknown_status')
  return (
    <>
      {questions.length > 0 ? (
        <Alert
          className="hf-questions"
          type="info"
          showIcon
          title={t('imports.questions')}
          description={
            <ul>
              {questions.map((one) => (
                <li key={`${one.code}${one.about}`}>
                  {ABOUT_COLUMN.includes(one.code) ? <code>{one.about}</code> : null} {pick(one)}
                </li>
              ))}
            </ul>
          }
        />
      ) : null}
      <div className="hf-split-wide">
        <div>
          <Section
            title={t('imports.columnTable')}
            extra={
              <span className="hf-faint">
                {t('imports.mapped', {
                  n: Object.keys(template.columns).length,
                  total: file.columns.length,
                })}
              </span>
            }
          >
            <ColumnTable file={file} template={template} onChange={change} />
          </Section>
          {template.columns['status'] ? (
            <StatusTable file={file} template={template} onChange={change} />
          ) : null}
        </div>
        <div>
          <Section title={t('connection.settings')}>
            <Form layout="vertical" component="div">
              <TemplateBar file={file} template={template} onChange={onChange} />
              <Form.Item label={t('imports.zone')} htmlFor="import-zone" extra={t('imports.zoneHint')}>
                <ZoneInput
                  id="import-zone"
                  label={t('imports.zone')}
                  value={template.zone}
                  onChange={(zone) => change({ zone })}
                />
              </Form.Item>
              <div className="hf-form-pair">
                <Form.Item
                  label={t('imports.dateFormat')}
                  htmlFor="import-format"
                  extra={t('imports.dateFormatHint')}
                >
                  <AutoComplete
                    id="import-format"
                    allowClear
                    aria-label={t('imports.dateFormat')}
                    value={template.dateFormat}
                    onChange={(dateFormat: string | undefined) => change({ dateFormat: dateFormat ?? '' })}
                    options={DATE_FORMATS.map((value) => ({ value }))}
                  />
                </Form.Item>
                <Form.Item label={t('imports.currency')} htmlFor="import-currency">
                  <AutoComplete
                    id="import-currency"
                    aria-label={t('imports.currency')}
                    value={template.currency}
                    onChange={(currency: string) => change({ currency: currency.toUpperCase() })}
                    options={CURRENCIES.map((value) => ({ value }))}
                  >
                    <Input maxLength={3} />
                  </AutoComplete>
                </Form.Item>
              </div>
            </Form>
          </Section>
          <TimePreview file={file} template={template} />
        </div>
      </div>
      <div className="hf-wizard-foot">
        {ready ? null : <span className="hf-bad-text">{t('imports.noOrderNo')}</span>}
        <Button type="primary" disabled={!ready} onClick={onNext}>
          {t('imports.toCheck')}
        </Button>
      </div>
    </>
  )
}
