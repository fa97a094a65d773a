// Original file: proto/connector.proto


export interface Connection {
  'connectionId'?: (string);
  'organizationId'?: (string);
  'version'?: (number);
  'name'?: (string);
  'state'?: (string);
  'pauseReason'?: (string);
  'clientId'?: (string);
  'clientName'?: (string);
  'groupType'?: (string);
  'groupId'?: (string);
  'createUsers'?: (boolean);
  'sendPositions'?: (boolean);
}

export interface Connection__Output {
  'connectionId': (string);
  'organizationId': (string);
  'version': (number);
  'name': (string);
  'state': (string);
  'pauseReason': (string);
  'clientId': (string);
  'clientName': (string);
  'groupType': (string);
  'groupId': (string);
  'createUsers': (boolean);
  'sendPositions': (boolean);
}
