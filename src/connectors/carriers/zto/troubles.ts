import type { TroubleTable } from '#connectors/carriers/trouble.ts'

/** ZTO's public error codes and those of its data check; HTTP is 200 for all of them. */
export const ZTO_TROUBLES: TroubleTable = {
  S207: 'bad_request', // no such interface
  S208: 'bad_request', // a parameter is missing
  S210: 'no_permission',
  S211: 'signature_refused',
  S212: 'ip_refused',
  S214: 'signature_refused', // the signed time is not accepted
  E404: 'no_permission', // the waybill account is not bound
  E409: 'phone_invalid',
  E413: 'phone_invalid', // wants the last four digits of a phone
  E416: 'unknown_number',
  E418: 'no_permission', // no authorisation by the branch
}
