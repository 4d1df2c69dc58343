import { useWording } from '#/i18n/language.tsx'
import { PageHeader } from '#/parts/small.tsx'

export function PromisesPage() {
  const { t } = useWording()
  return (
    <div className="hf-page">
      <PageHeader title={t('promises.title')} lead={t('promises.lead')} />
    </div>
  )
}
