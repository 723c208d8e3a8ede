/** First words of the line by which a function's process says that it serves; a port follows. */
export const LISTENING = 'puppet-retry local function listens on port ';
